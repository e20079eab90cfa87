# Makes larder-stats(5) of its template and of the rows of server/stats/stats.def, preprocessed with larder-stats.def:
#
#   awk -f larder-stats.awk rows larder-stats.5.in
#
# @rows@ in the template is where the groups with rows go, @others@ where those without go.

# A string at the end of the line, without its quotes; an option's hyphen is a minus.
function string(line) {
    sub(/^[^"]*"/, "", line)
    sub(/"[^"]*$/, "", line)
    gsub(/ -/, " \\-", line)
    gsub(/\(-/, "(\\-", line)
    gsub(/\\--/, "\\-\\-", line)
    return line
}

# The name of a line, as a client sees it, with the label's name for the instance.
function shown(name, family,    instance) {
    instance = "\\fI" label[label_of[family]] "\\fB"
    if (form[family] == "RECORD")
        return lead[family] instance " " name "="
    if (form[family] == "VALUE")
        return lead[family] instance
    return label[label_of[family]] == "" ? name : lead[family] instance ":" name
}

function print_group(g,    i) {
    print ".SS stats" (g == "general" ? "" : " " g)
    print group_help[g]
    for (i = 0; i < n_rows; i++)
        if (row_group[i] == g) {
            print ".TP"
            print "\\fB" row_name[i] "\\fR (" row_kind[i] ")"
            print row_help[i]
        }
}

function print_others(    i, g) {
    for (i = 0; i < n_groups; i++) {
        g = group[i]
        if (content[g] == "ROWS")
            continue
        print ".TP"
        print "\\fBstats " g "\\fR"
        print group_help[g] (users[g] == "ADMINS" ? " For administrators." : "")
    }
}

BEGIN { n_groups = n_rows = 0 }
FNR == NR && $1 == "@type" { type[$2] = string($0) }
FNR == NR && $1 == "@unit" { unit[$2] = string($0) }
FNR == NR && $1 == "@label" { label[$2] = string($0) }
FNR == NR && $1 == "@group" { group[n_groups++] = $2; users[$2] = $3; content[$2] = $4; group_help[$2] = string($0) }
FNR == NR && $1 == "@family" { label_of[$2, $3] = $3; form[$2, $3] = $4; lead[$2, $3] = string($0) }
FNR == NR && $1 == "@row" {
    row_group[n_rows] = $3
    row_name[n_rows] = shown($2, $3 SUBSEP $6)
    row_kind[n_rows] = type[$4] (unit[$5] == "" ? "" : ", " unit[$5])
    row_help[n_rows++] = string($0)
}
FNR == NR { next }
$0 == "@rows@" {
    for (i = 0; i < n_groups; i++)
        if (content[group[i]] == "ROWS")
            print_group(group[i])
    next
}
$0 == "@others@" { print_others(); next }
{ print }
