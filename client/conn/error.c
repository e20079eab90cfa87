/* error: messages for the codes. */
#include "client/larder.h"

const char *
larder_strerror(int code)
{
    switch ((enum larder_code)code) {
    case LARDER_OK: return "success";
    case LARDER_MISS: return "not found";
    case LARDER_EXISTS: return "the item has changed";
    case LARDER_NOT_STORED: return "not stored";
    case LARDER_TIMEOUT: return "timed out";
    case LARDER_UNREACHABLE: return "no connection to the server";
    case LARDER_CLOSED: return "the connection broke";
    case LARDER_DEAD: return "the server is marked down";
    case LARDER_NO_SERVERS: return "no servers";
    case LARDER_TLS: return "TLS failed";
    case LARDER_DENIED: return "access denied";
    case LARDER_PROTOCOL: return "the server does not speak the protocol";
    case LARDER_BAD_KEY: return "bad key";
    case LARDER_BAD_ARGUMENT: return "bad argument";
    case LARDER_NOT_SUPPORTED: return "not supported by the protocol or the server";
    case LARDER_TOO_LARGE: return "the value is too large";
    case LARDER_NO_ROOM: return "the value is larger than the buffer";
    case LARDER_NOT_NUMBER: return "the value is not a number";
    case LARDER_SERVER_MEMORY: return "the server is out of memory";
    case LARDER_SERVER_ERROR: return "server error";
    case LARDER_SERVER_REFUSED: return "the server refused the request";
    case LARDER_NO_MEMORY: return "out of memory";
    case LARDER_BUSY: return "too many bytes wait to be sent";
    case LARDER_BAD_VALUE: return "the value is not compressed as its flags say";
    }
    return "unknown error";
}
