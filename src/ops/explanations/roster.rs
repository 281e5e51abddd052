//! Mistakes in rosters.

use super::declare::explain;

const CLASS: &str = "docs/class.md";

explain! {
    "roster::unreadable" Error,
        "the roster's file cannot be read",
        "`roster.file` is a path from the manifest's folder, not from the folder in which labctl runs.",
        "lab-manifest.toml",
        "[roster]\nfile = \"class/studens.csv\"",
        "[roster]\nfile = \"students.csv\"",
        CLASS;
    "roster::not-utf8" Error,
        "the roster is not text in UTF-8",
        "Spreadsheets offer \"CSV UTF-8\" beside the plain CSV, which is in the machine's old encoding and spoils every name with an accent.",
        "", "", "", CLASS;
    "roster::unknown-format" Error,
        "the roster is neither CSV nor YAML by its name",
        "A spreadsheet's own file cannot be read. Export it as CSV.",
        "lab-manifest.toml",
        "[roster]\nfile = \"students.xlsx\"",
        "[roster]\nfile = \"students.csv\"",
        CLASS;
    "roster::bad-range" Error,
        "a range of users is not written as one",
        "A range is two names that differ in a number at their end, with two dots between them: the first and the last. Zeros before the number are kept (`user01..user30`).",
        "lab-manifest.toml",
        "[roster]\nrange = \"user1-user30\"",
        "[roster]\nrange = \"user1..user30\"",
        CLASS;
    "roster::syntax" Error,
        "the roster is not YAML, or not CSV",
        "It cannot be read any further, so mistakes below it are not told yet.",
        "students.yaml",
        "- name: ann\n- name: [bob",
        "- name: ann\n- name: bob",
        CLASS;
    "roster::no-name-column" Error,
        "the first line has no column `name`",
        "The first line of a CSV file says what the columns are. Without it the first student would be taken for a header.",
        "students.csv",
        "ann\nbob",
        "name\nann\nbob",
        CLASS;
    "roster::no-column" Error,
        "a column that is asked for is not in the file",
        "`[roster]` may say which column of an export holds logins, labels, addresses, numbers and groups. Titles are compared as they stand in the file's first line.",
        "lab-manifest.toml",
        "[roster]\nfile = \"students.csv\"\nname = \"Login\"",
        "[roster]\nfile = \"students.csv\"\nname = \"name\"",
        CLASS;
    "roster::unknown-export" Error,
        "the file's columns are those of no platform that `roster import` knows",
        "Canvas writes `Student`, `ID` and `Section`, Moodle `First name` and `Last name`, Blackboard `Last Name`, `First Name` and `Username`. Any other file can be a roster as it is: `[roster]` takes the titles of its columns.",
        "grades.csv",
        "login,points\nana,12",
        "Student,ID,SIS Login ID,Section,Lab 6 (4711)\n\"Example, Ana\",1,ana,Monday,12",
        CLASS;
    "roster::same-name" Error,
        "two logins become one name",
        "A name is the part of the login before `@`, in lower case, with dashes for other characters, at most 20 of them. Two students cannot have one.",
        "grades.csv",
        "Student,ID,SIS Login ID,Section\n\"A, B\",1,ana.b@x.edu,M\n\"C, D\",2,ana_b@y.edu,M",
        "Student,ID,SIS Login ID,Section\n\"A, B\",1,ana.b@x.edu,M\n\"C, D\",2,ana-y@y.edu,M",
        CLASS;
    "roster::unknown-column" Error,
        "a column that is no field of a user",
        "Columns are `name`, `label`, `email`, `student_id`, `group` and any field of `[target]`, `[iam]` or `[settings]`. What labctl does not know it does not pass over: the column may be a misspelt setting. `other_columns = \"keep\"` in `[roster]` keeps columns that are for people.",
        "students.csv",
        "name,regoin\nann,eu-west-1",
        "name,region\nann,eu-west-1",
        CLASS;
    "roster::duplicate-column" Error,
        "a column is there twice",
        "Which of the two would hold is open.",
        "students.csv",
        "name,region,region\nann,eu-west-1,us-east-1",
        "name,region\nann,eu-west-1",
        CLASS;
    "roster::wrong-columns" Error,
        "a row has more cells than the header has columns",
        "A cell beyond the header belongs to nothing. Mostly a cell has a comma in it and lacks its quotes.",
        "students.csv",
        "name,region\nann,eu-west-1,late",
        "name,region\nann,eu-west-1",
        CLASS;
    "roster::missing-name" Error,
        "a user of the roster has no name",
        "Everything of a user is called after the name.",
        "students.yaml",
        "- region: eu-west-1",
        "- name: ann\n  region: eu-west-1",
        CLASS;
    "roster::wrong-type" Error,
        "a value of the roster is of another kind than its field takes",
        "A roster in YAML is a list of users, each a table of fields.",
        "students.yaml",
        "ann: eu-west-1",
        "- name: ann\n  region: eu-west-1",
        CLASS;
    "roster::bad-value" Error,
        "a cell has a value that its field does not take",
        "The same rules hold as in the manifest: regions, accounts of twelve digits, settings as the pack declares them.",
        "students.csv",
        "name,memory_mib\nann,64",
        "name,memory_mib\nann,256",
        CLASS;
    "roster::empty" Error,
        "the roster has no users",
        "A class of nobody is nearly always a file that was exported from the wrong sheet.",
        "students.csv",
        "name,region",
        "name,region\nann,eu-west-1",
        CLASS;
}
