//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// crashesEnv says how often the server is killed.
const crashesEnv = "PLENUM_INTEROP_CRASHES"

const (
	crashes      = 20
	crashSenders = 3
)

// The server is killed (kill -9) again and again while messages pour in to one who is online, one who is offline, and a room.
// After each restart, what its sender had an acknowledgement for is once in each archive it belongs to, and waits for who was
// offline; roster items whose change was confirmed are there.
func TestInteropNothingAcknowledgedIsLostByKill(t *testing.T) {
	counted(t)
	rounds := crashes
	if text := os.Getenv(crashesEnv); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	l := newLoad(t, startServer(t, "--allow-plaintext"))
	for round := range rounds {
		l.strike(round)
		from := time.Now()
		l.server.launch()
		l.restarts += time.Since(from)
		l.verify(round)
		if t.Failed() {
			return
		}
	}
	l.conclude()
	t.Logf("%d kills; %d messages sent, %d of them acknowledged; %d roster changes confirmed; restarts took %.0f ms on average",
		rounds, l.sent, len(l.acked), len(l.contacts), l.restarts.Seconds()*1000/float64(rounds))
}

// A load is the people who talk while the server dies.
type load struct {
	t               *testing.T
	server          *server
	senders         []account
	present, absent account
	room            string
	restarts        time.Duration
	sent            int
	acked           map[string]bool           // text of what was acknowledged
	refused         map[string]bool           // came back as an error
	archives        map[string]map[string]int // archive → text → times
	last            map[string]string         // archive → id of the last message seen in it
	offline         map[string]int            // text → how often the absent one got it on coming back
	contacts        map[string]bool           // confirmed roster items of the first sender
	mu              sync.Mutex                // guards all maps while the load runs, and sent
	group           sync.WaitGroup
}

func newLoad(t *testing.T, s *server) *load {
	l := &load{
		t: t, server: s, present: s.user("present"), absent: s.user("absent"), room: "hall@groups." + domain,
		acked: map[string]bool{}, refused: map[string]bool{}, archives: map[string]map[string]int{}, last: map[string]string{},
		offline: map[string]int{}, contacts: map[string]bool{},
	}
	for i := range crashSenders {
		l.senders = append(l.senders, s.user(fmt.Sprintf("sender%d", i)))
	}
	owner := l.login(l.senders[0], "owner")
	l.enter(owner, "owner")
	l.ask(owner, "set", l.room, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"+
		"<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"+
		"<field var='muc#roomconfig_persistentroom'><value>1</value></field></x></query>")
	owner.leave()
	return l
}

func (l *load) login(who account, resource string) *raw {
	l.t.Helper()
	r, err := loginRaw(l.server.address(portSTARTTLS), nil, who, resource)
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", who.JID, err, l.server.logged())
	}
	return r
}

// enter joins the room and waits until the client is in.
func (l *load) enter(r *raw, nick string) {
	l.t.Helper()
	err := r.send("<presence to='" + l.room + "/" + nick + "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>")
	if err == nil {
		_, err = r.await("room", func(e element) bool {
			return e.XMLName.Local == "presence" && e.From == l.room+"/"+nick
		}, nil)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// ask sends an IQ and returns its result.
func (l *load) ask(r *raw, kind, to, payload string) element {
	l.t.Helper()
	if to != "" {
		to = " to='" + to + "'"
	}
	err := r.send("<iq type='" + kind + "' id='ask'" + to + ">" + payload + "</iq>")
	var e element
	if err == nil {
		e, err = r.await("answer", func(e element) bool { return e.XMLName.Local == "iq" && e.ID == "ask" }, nil)
	}
	if err != nil || e.Type != "result" {
		l.t.Fatalf("%s: %v %+v", payload, err, e)
	}
	return e
}

// strike lets everybody talk and kills the server in the middle of it.
func (l *load) strike(round int) {
	l.t.Helper()
	online := l.login(l.present, "device")
	l.group.Go(func() { // reads what it gets, until the server dies
		for {
			if _, err := online.nextWithin(time.Minute); err != nil {
				return
			}
		}
	})
	for i, who := range l.senders {
		r := l.login(who, "device")
		l.enter(r, fmt.Sprintf("sender%d", i))
		w := &window{open: make(chan struct{}, windowSize), over: make(chan struct{})}
		l.group.Go(func() { l.talk(r, fmt.Sprintf("%d.%d", round, i), w) })
		l.group.Go(func() { l.listen(r, w) })
	}
	time.Sleep(time.Duration(20+rand.IntN(180)) * time.Millisecond)
	l.server.kill()
	l.group.Wait()
}

// A window holds what one sender has sent, and keeps the sender from being too far ahead of the acknowledgements.
type window struct {
	mu   sync.Mutex
	sent []string
	open chan struct{} // one for each unanswered <r/>
	over chan struct{} // closed when the connection is lost
}

const (
	windowSize = 50 // unanswered requests
	stride     = 4  // stanzas from request to request
	greeting   = 2  // stanzas before the first message: presence, presence to the room
)

func (w *window) enter(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, text)
}

// first is what h acknowledges.
func (w *window) first(h uint32) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[:max(0, int(h)-greeting)]
}

// talk sends until the server is gone; each stanza is entered before it is written.
func (l *load) talk(r *raw, name string, w *window) {
	defer r.cut()
	targets := []string{l.present.JID, l.absent.JID, l.room}
	for n := 0; ; n++ {
		text := fmt.Sprintf("%s.%d", name, n)
		to := targets[n%len(targets)]
		kind := "chat"
		if to == l.room {
			kind = "groupchat"
		}
		stanza := fmt.Sprintf("<message to='%s' type='%s' id='%s'><body>%s to %s</body></message>", to, kind, text, text, to)
		if n%50 == 49 {
			text = "contact-" + text + "@" + domain
			stanza = fmt.Sprintf("<iq type='set' id='%s'><query xmlns='jabber:iq:roster'><item jid='%s'/></query></iq>", text, text)
		}
		w.enter(text + " to " + to)
		if n%stride == stride-1 {
			stanza += "<r xmlns='" + nsSM + "'/>"
			select {
			case w.open <- struct{}{}:
			case <-w.over:
				return
			}
		}
		if r.send(stanza) != nil {
			return
		}
		l.mu.Lock()
		l.sent++
		l.mu.Unlock()
	}
}

// listen takes down what the server acknowledges, confirms and refuses.
func (l *load) listen(r *raw, w *window) {
	defer close(w.over)
	for {
		e, err := r.nextWithin(time.Minute)
		if err != nil {
			return
		}
		l.mu.Lock()
		switch {
		case isNonza("a")(e):
			if h, err := e.count(); err == nil {
				for _, text := range w.first(h) {
					l.acked[text] = true
				}
				<-w.open
			}
		case e.XMLName.Local == "iq" && e.Type == "result" && strings.HasPrefix(e.ID, "contact-"):
			l.contacts[bare(r.jid)+" "+e.ID] = true
		case e.XMLName.Local == "message" && e.Type == "error":
			l.refused[e.ID] = true
		}
		l.mu.Unlock()
	}
}

// verify looks after a restart whether all is there that was acknowledged.
func (l *load) verify(round int) {
	l.t.Helper()
	l.collectOffline()
	present := l.login(l.present, "check")
	l.read(present, l.present.JID, "")
	l.read(present, l.room, l.room)
	present.leave()
	absent := l.login(l.absent, "check")
	l.read(absent, l.absent.JID, "")
	absent.leave()
	for i, who := range l.senders {
		r := l.login(who, "check")
		l.read(r, who.JID, "")
		items := l.ask(r, "get", "", "<query xmlns='jabber:iq:roster'/>").Inner
		for contact := range l.contacts {
			if owner, jid, _ := strings.Cut(contact, " "); owner == who.JID && !strings.Contains(items, "'"+jid+"'") && !strings.Contains(items, `"`+jid+`"`) {
				l.t.Errorf("round %d: %s is not in the roster of sender %d although its addition was confirmed", round, jid, i)
			}
		}
		r.leave()
	}
	for text := range l.acked {
		l.check(round, text)
	}
}

// check looks for one acknowledged message in the archives it belongs to.
func (l *load) check(round int, text string) {
	name, to, _ := strings.Cut(text, " to ")
	if strings.HasPrefix(name, "contact-") || l.refused[name] {
		return
	}
	places := []string{to}
	if to != l.room {
		sender, _ := strconv.Atoi(strings.Split(name, ".")[1])
		places = append(places, l.senders[sender].JID)
	}
	for _, place := range places {
		if n := l.archives[place][text]; n != 1 {
			l.t.Errorf("round %d: %q was acknowledged and is %d times in the archive of %s", round, text, n, place)
		}
	}
	if to == l.absent.JID && l.offline[text] != 1 {
		l.t.Errorf("round %d: %q was acknowledged and reached its absent addressee %d times", round, text, l.offline[text])
	}
}

// collectOffline lets the absent one come and take what waited.
func (l *load) collectOffline() {
	l.t.Helper()
	r := l.login(l.absent, "device")
	take := func(e element) {
		if e.XMLName.Local == "message" && e.Body != "" {
			l.offline[e.Body]++
		}
	}
	// The answer to what is asked after presence comes behind the messages that waited.
	err := r.send("<iq type='get' id='ask'><ping xmlns='urn:xmpp:ping'/></iq>")
	if err == nil {
		_, err = r.await("answer", func(e element) bool { return e.XMLName.Local == "iq" && e.ID == "ask" }, take)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range r.leave() {
		take(e)
	}
}

// read pages through what is new in an archive (XEP-0313); to is empty for the user's own.
func (l *load) read(r *raw, archive, to string) {
	l.t.Helper()
	if l.archives[archive] == nil {
		l.archives[archive] = map[string]int{}
	}
	l.last[archive] = l.pages(r, to, l.last[archive], l.archives[archive])
}

func (l *load) pages(r *raw, to, after string, into map[string]int) (last string) {
	l.t.Helper()
	if to != "" {
		to = " to='" + to + "'"
	}
	for complete := false; !complete; {
		query := "<iq type='set' id='page'" + to + "><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>100</max>"
		if after != "" {
			query += "<after>" + after + "</after>"
		}
		if err := r.send(query + "</set></query></iq>"); err != nil {
			l.t.Fatal(err)
		}
		e, err := r.await("page", func(e element) bool { return e.XMLName.Local == "iq" && e.ID == "page" }, func(e element) {
			if e.Archived.ID != "" && e.Archived.Body != "" {
				into[e.Archived.Body]++
				after = e.Archived.ID
			}
		})
		if err != nil || e.Type != "result" {
			l.t.Fatalf("archive: %v %+v", err, e)
		}
		complete = strings.Contains(e.Inner, "complete='true'") || strings.Contains(e.Inner, `complete="true"`)
	}
	return after
}

// conclude reads every archive once more from its beginning: it holds what it showed bit by bit, and nothing twice.
func (l *load) conclude() {
	l.t.Helper()
	for archive, known := range l.archives {
		who, to := account{archive, secret(archive)}, ""
		if archive == l.room {
			who, to = l.present, l.room
		}
		r := l.login(who, "end")
		whole := map[string]int{}
		l.pages(r, to, "", whole)
		r.leave()
		if len(whole) != len(known) {
			l.t.Errorf("the archive of %s has %d messages, bit by bit it had %d", archive, len(whole), len(known))
		}
		for text, n := range whole {
			if n != 1 {
				l.t.Errorf("%q is %d times in the archive of %s", text, n, archive)
			}
		}
	}
}
