// Package siptest has telephones for tests: a [Phone] says and hears SIP messages one by one, as the test's script wants, over real UDP or over
// a [Wire] in memory, which runs on fake time. Only tests import it.
package siptest
