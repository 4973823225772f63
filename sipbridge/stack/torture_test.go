package stack_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// What RFC 4475 wants for each of its messages from a server that takes calls: a code, 200 for what is handed to a handler, and 0 for what gets no answer.
// A reason stands where its text leaves a choice, or where we do otherwise.
var torture = map[string]struct {
	want   int
	reason string
}{
	// §3.1.1, valid messages
	"wsinv":      {want: 481, reason: "it can be read, but its To has a tag, and nobody has that dialog"},
	"intmeth":    {want: 501},
	"esc01":      {want: 200},
	"escnull":    {want: 200},
	"esc02":      {want: 501}, // RE%47IST%45R is not REGISTER
	"lwsdisp":    {want: 200},
	"longreq":    {want: 200},
	"dblreq":     {want: 200},
	"semiuri":    {want: 200},
	"transports": {want: 200},
	"mpart01":    {want: 405, reason: "messages go by XMPP: MESSAGE is known, but not handled"},
	"unreason":   {want: 0, reason: "a response to nothing"},
	"noreason":   {want: 0, reason: "a response to nothing"},
	// §3.1.2, invalid messages
	"badinv01":   {want: 400},
	"clerr":      {want: 400},
	"ncl":        {want: 400},
	"scalar02":   {want: 400},
	"scalarlg":   {want: 0},
	"quotbal":    {want: 400},
	"ltgtruri":   {want: 400},
	"lwsruri":    {want: 400},
	"lwsstart":   {want: 400},
	"trws":       {want: 400},
	"escruri":    {want: 400},
	"baddate":    {want: 200, reason: "nobody looks at the Date of a request; the RFC lets us be liberal"},
	"regbadct":   {want: 400},
	"badaspec":   {want: 400},
	"baddn":      {want: 400},
	"badvers":    {want: 505},
	"mismatch01": {want: 400},
	"mismatch02": {want: 400, reason: "the RFC prefers 501 or 400: the CSeq is looked at before the method"},
	"bigcode":    {want: 0},
	// §3.2, transactions
	"badbranch": {want: 200},
	// §3.3, application
	"insuf":    {want: 400},
	"unkscm":   {want: 416},
	"novelsc":  {want: 416},
	"unksm2":   {want: 200, reason: "the registrar refuses it: who logs in is not an isbn"},
	"bext01":   {want: 420},
	"invut":    {want: 415},
	"regaut01": {want: 200, reason: "the registrar challenges it: see package registrar"},
	"multi01":  {want: 400},
	"mcl01":    {want: 400},
	"bcast":    {want: 0},
	"zeromf":   {want: 200},
	"cparam01": {want: 200},
	"cparam02": {want: 200},
	"regescrt": {want: 200},
	"sdp01":    {want: 406},
	// §3.4, backward compatibility
	"inv2543": {want: 200},
}

func TestTortureMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/torture/*.sip")
	if err != nil || len(files) != len(torture) || len(files) < 49 {
		t.Fatalf("%d messages and %d answers, %v", len(files), len(torture), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sip")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				if code, answer := ask(t, text); code != torture[name].want {
					t.Errorf("answered %d, want %d\n%s\n-- to\n%s", code, torture[name].want, answer, text)
				}
			})
		})
	}
}

// ask sends a message to a server and returns the code of the answer, 0 when there is none.
func ask(t *testing.T, text []byte) (code int, answer string) {
	s, err := stack.New(stack.Config{Hosts: []string{"chair-dnrc.example.com", "example.net", "example.org", "registrar.example.com"}},
		stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []sip.RequestMethod{sip.INVITE, sip.OPTIONS, sip.REGISTER, sip.ACK, sip.BYE} {
		s.Handle(method, func(in *stack.In) {
			if in.Tx != nil {
				_ = in.Tx.Answer(sip.StatusOK)
			}
		})
	}
	w := &wire{}
	peer := w.listen(aliceAt)
	conn := w.listen(bobAt)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.ServePackets(ctx, conn) }()
	if _, err := peer.WriteTo(text, conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	if len(peer.in) > 0 {
		p := <-peer.in
		if _, err := fmt.Sscanf(string(p.b), "SIP/2.0 %d ", &code); err != nil {
			t.Errorf("the answer %q: %v", p.b, err)
		}
		answer = string(p.b)
		if p.from != netip.MustParseAddrPort(bobAt) || len(peer.in) > 0 && code != 200 {
			t.Errorf("%d answers", 1+len(peer.in))
		}
	}
	pass(time.Minute)
	if st := s.Stats(); st.Mailboxes != 0 || st.ServerTransactions != 0 {
		t.Errorf("left behind: %+v", st)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	return code, answer
}
