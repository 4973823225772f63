//go:build interop

package interop

import "testing"

// TestTwoClientsMeetInARoom: two colleagues call the room with clients made of slixmpp and aiortc, hear each other in the mix and see each
// other.
func TestTwoClientsMeetInARoom(t *testing.T) {
	counted(t)
	s := startServer(t)
	juliet, nurse := callerFor(t, s, "juliet"), callerFor(t, s, "nurse")
	romeo := hosts(t, s)
	romeo.member("juliet")
	romeo.member("nurse")
	for i, c := range []*caller{juliet, nurse} {
		nick := []string{"Juliet", "Nurse"}[i]
		c.tell(order{Do: "join", To: salesRoom, Nick: nick})
		c.awaits("the room", 1, func(e event) bool { return e.Is == "occupant" && e.Text == nick })
		c.tell(order{Do: "call", To: salesRoom + "/Conference", Form: map[string]string{"tone": []string{"440", "660"}[i], "video": "1"}})
	}
	juliet.hears("660")
	nurse.hears("440")
	juliet.sees(1)
	nurse.sees(1)
}
