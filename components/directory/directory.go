// Package directory is the organisation: who is here, and who may what. It begins with accounts.
//
// Values and rules (account.go, role.go, rules.go, csv.go) are pure. Services check, store and announce: Accounts is the one for accounts. What
// they announce carries a revision, which counts all changes to the directory and is written in the transaction of the change; whoever sees a
// gap in it reads again.
package directory
