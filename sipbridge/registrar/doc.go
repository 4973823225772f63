// Package registrar knows where phones are: which device is reached by which flow.
//
// A device logs in with a user name and a secret of its own. A binding over UDP is kept in the database with the address that the phone sends from, so
// that a restart forgets no phone. A binding over a connection ends with the connection: nobody but the phone can open it again, and it does.
//
// Spec: RFC 5626 partial: registrar and edge are the same program, so there is no Path; no Flow-Timer
package registrar
