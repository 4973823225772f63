//go:build interop

package interop

import "testing"

// TestPhonesOutliveTheServer: the server is killed in a call. It still knows the telephones when it is there again, without their registering anew; it has
// no call that nobody has, and the record says that the call was interrupted. The telephones call each other again.
//
func TestPhonesOutliveTheServer(t *testing.T) {
	counted(t)
	s := startServer(t)
	administrator := s.administrator()
	accounts := s.consoleOf(administrator).threePhones()
	anna := startPhone(t, s, accounts[0], phoneConfig{Hz: 440})
	ben := startPhone(t, s, accounts[1], phoneConfig{Hz: 660, Answers: true})
	anna.registered()
	ben.registered()
	anna.dial("101")
	anna.established()
	anna.hears("Ben", 660)

	s.kill()
	s.launch()
	c := s.consoleOf(administrator)
	var live struct{ Total int }
	c.get("/calls", &live)
	if live.Total != 0 {
		t.Errorf("%d calls go on that nobody has", live.Total)
	}
	var records struct{ Items []struct{ Result string } }
	c.get("/records", &records)
	if len(records.Items) != 1 || records.Items[0].Result != "interrupted" {
		t.Errorf("the records are %+v", records)
	}
	anna.hangUp() // what the telephones still take for a call
	ben.hangUp()
	anna.await("CALL_CLOSED", 1)
	ben.await("CALL_CLOSED", 1)

	anna.dial("101")
	ben.await("CALL_ESTABLISHED", 2)
	anna.await("CALL_ESTABLISHED", 2)
	anna.hears("Ben", 660)
	ben.hears("Anna", 440)
	anna.hangUp()
	ben.await("CALL_CLOSED", 2)
}
