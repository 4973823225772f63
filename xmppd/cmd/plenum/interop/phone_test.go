//go:build interop

package interop

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"plenum/components/media"
)

// employee makes a user with an extension and a PIN.
func (c *console) employee(name, shown, extension string) account {
	c.t.Helper()
	return c.employeeWith(name, shown, extension, nil)
}

// employeeWith makes one of whom something is different.
func (c *console) employeeWith(name, shown, extension string, different map[string]any) account {
	c.t.Helper()
	a := account{name + "@" + domain, secret(name + "@" + domain)}
	user := map[string]any{
		"login": name, "password": a.Password, "displayName": shown, "extension": extension, "auth": "internal", "pin": "4711", "callWaiting": true,
		"language": "en", "voicemail": "none", "level": "", "disabled": false, "email": "", "faxExtension": "", "mobile": false, "mobileNumber": "", "softphone": false,
	}
	maps.Copy(user, different)
	c.post("/users", user, nil)
	return a
}

// phoneOf makes a telephone for a user and gives it a secret.
func (c *console) phoneOf(who account) phoneAccount {
	c.t.Helper()
	var device struct{ ID string }
	c.post("/devices", map[string]any{"kind": "phone", "name": "Phone of " + who.JID, "owner": who.JID, "encryption": ""}, &device)
	var login struct{ User, Secret string }
	c.post("/devices/"+device.ID+"/secret", nil, &login)
	return phoneAccount{login.User, login.Secret}
}

// The three who have telephones.
func (c *console) threePhones() [3]phoneAccount {
	c.t.Helper()
	return [3]phoneAccount{
		c.phoneOf(c.employee("anna", "Anna Berg", "100")), c.phoneOf(c.employee("ben", "Ben Kraus", "101")), c.phoneOf(c.employee("clemens", "Clemens Ott", "102")),
	}
}

// TestPhonesCallEachOther: baresip registers, calls another and is heard, over each transport and in each codec; who holds lets the other hear music.
//
func TestPhonesCallEachOther(t *testing.T) {
	for _, c := range []phoneConfig{
		{Transport: "udp", Codec: "PCMU"}, {Transport: "udp", Codec: "PCMA"}, {Transport: "tcp", Codec: "G722"}, {Transport: "udp", Codec: "opus"},
		{Transport: "tls", Codec: "PCMA", Encrypt: "srtp-mand"}, {Transport: "tls", Codec: "opus", Encrypt: "srtp-mand"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", c.Transport, c.Codec, c.Encrypt), func(t *testing.T) {
			counted(t)
			srv := startServer(t)
			accounts := srv.console().threePhones()
			c.Hz = 440
			anna := startPhone(t, srv, accounts[0], c)
			c.Hz, c.Answers = 660, true
			ben := startPhone(t, srv, accounts[1], c)
			anna.registered()
			ben.registered()
			anna.dial("101")
			if e := ben.await("CALL_ESTABLISHED", 1); !regexp.MustCompile(`sip:100@`).MatchString(e.From) {
				t.Errorf("Ben's phone shows %q as caller", e.From)
			}
			anna.established()
			anna.hears("Ben", 660)
			ben.hears("Anna", 440)

			heard := ben.tapped(map[string]media.Codec{"PCMU": media.PCMU, "PCMA": media.PCMA, "G722": media.G722, "opus": media.Opus}[c.Codec])
			anna.tell("hold", "")
			heard.music(t, 440)
			anna.tell("resume", "")
			heard.tone(t, 440)
			ben.hangUp()
			anna.await("CALL_CLOSED", 1)
		})
	}
}

// TestPhoneWithDTLSAlone: a telephone that offers DTLS without ICE is told what it must be set to, and nobody is rung; with ICE it has its call.
func TestPhoneWithDTLSAlone(t *testing.T) {
	counted(t)
	srv := startServer(t)
	accounts := srv.console().threePhones()
	ben := startPhone(t, srv, accounts[1], phoneConfig{Codec: "PCMA", Hz: 660, Answers: true})
	anna := startPhone(t, srv, accounts[0], phoneConfig{Transport: "tls", Codec: "PCMA", Encrypt: "dtls_srtp", Hz: 440})
	clemens := startPhone(t, srv, accounts[2], phoneConfig{Transport: "tls", Codec: "PCMA", Encrypt: "dtls_srtp", ICE: true, Hz: 880})
	for _, p := range []*phone{anna, ben, clemens} {
		p.registered()
	}
	anna.dial("101")
	anna.await("CALL_CLOSED", 1)
	anna.logs("why", `(?s)SIP/2\.0 488 .*Warning: 399 plenum "DTLS-SRTP is taken with ICE alone`)
	if n := ben.events.count(func(e event) bool { return e.Is == "CALL_INCOMING" }); n != 0 {
		t.Error("Ben was rung")
	}
	clemens.dial("101")
	clemens.established()
	clemens.hears("Ben", 660)
	ben.hears("Clemens", 880)
}

// TestPhonesOfDifferentCodecs: who has no codec in common is heard all the same.
func TestPhonesOfDifferentCodecs(t *testing.T) {
	for _, c := range [][2]string{{"opus", "PCMA"}, {"PCMU", "G722"}} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			counted(t)
			srv := startServer(t)
			accounts := srv.console().threePhones()
			anna := startPhone(t, srv, accounts[0], phoneConfig{Codec: c[0], Hz: 440})
			ben := startPhone(t, srv, accounts[1], phoneConfig{Codec: c[1], Hz: 660, Answers: true})
			anna.registered()
			ben.registered()
			anna.dial("101")
			anna.established()
			anna.hears("Ben", 660)
			ben.hears("Anna", 440)
			anna.hangUp()
			ben.await("CALL_CLOSED", 1)
		})
	}
}

// TestPhoneWithAWrongSecret is not let in, and calls nobody.
func TestPhoneWithAWrongSecret(t *testing.T) {
	counted(t)
	srv := startServer(t)
	accounts := srv.console().threePhones()
	ben := startPhone(t, srv, accounts[1], phoneConfig{Answers: true})
	ben.registered()
	anna := startPhone(t, srv, phoneAccount{accounts[0].User, "not the secret"}, phoneConfig{})
	anna.logs("refusals until there is no answer any more", `(?s)(SIP/2\.0 401 .*){5}`)
	if regexp.MustCompile(`SIP/2\.0 200 OK`).MatchString(anna.logged()) {
		t.Error("a wrong secret is taken")
	}
	if n := ben.events.count(func(e event) bool { return e.Is == "CALL_REMOTE_SDP" }); n != 0 {
		t.Error("a phone that is not registered has rung another")
	}
}

// TestPhonesTransfer: Anna has Ben on the line and sends him to Clemens, without a word and after having asked him.
func TestPhonesTransfer(t *testing.T) {
	srv := startServer(t)
	accounts := srv.console().threePhones()
	start := func(t *testing.T) (anna, ben, clemens *phone) {
		anna = startPhone(t, srv, accounts[0], phoneConfig{Hz: 440})
		ben = startPhone(t, srv, accounts[1], phoneConfig{Hz: 660, Answers: true})
		clemens = startPhone(t, srv, accounts[2], phoneConfig{Hz: 880, Answers: true})
		for _, p := range []*phone{anna, ben, clemens} {
			p.registered()
		}
		anna.dial("101")
		anna.established()
		ben.hears("Anna", 440)
		return anna, ben, clemens
	}
	t.Run("blind", func(t *testing.T) {
		counted(t)
		anna, ben, clemens := start(t)
		anna.tell("transfer", "sip:102@"+domain)
		anna.await("CALL_CLOSED", 1)
		ben.hears("Clemens", 880)
		clemens.hears("Ben", 660)
		clemens.hangUp()
		ben.await("CALL_CLOSED", 1)
	})
	t.Run("attended", func(t *testing.T) {
		counted(t)
		anna, ben, clemens := start(t)
		anna.tell("hold", "")
		heard := ben.tapped(media.PCMA)
		heard.music(t, 440)
		anna.dial("102")
		anna.await("CALL_ESTABLISHED", 2)
		clemens.hears("Anna", 440)
		second := anna.dialogWith("102")
		anna.tell("hold", "")
		heardToo := clemens.tapped(media.PCMA)
		heardToo.music(t, 440)
		anna.tell("line", "1")
		anna.tell("transfer", fmt.Sprintf("sip:102@%s?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s", domain, second.callID, second.toTag, second.fromTag))
		anna.await("CALL_CLOSED", 2)
		heard.tone(t, 880)
		heardToo.tone(t, 660)
		ben.hangUp()
		clemens.await("CALL_CLOSED", 1)
	})
}

// sipDialog is what names a dialog.
type sipDialog struct{ callID, toTag, fromTag string }

// dialogWith finds the answer to the phone's INVITE to a number in what it has logged.
func (p *phone) dialogWith(number string) sipDialog {
	p.t.Helper()
	for _, text := range strings.Split(p.logged(), "SIP/2.0 200 ")[1:] {
		text, _, _ = strings.Cut(text, "Content-Length")
		call, to, from := regexp.MustCompile(`Call-ID: (\S+)`).FindStringSubmatch(text), regexp.MustCompile(`To: .*<sip:`+number+`@[^>]*>;tag=(\S+)`).FindStringSubmatch(text),
			regexp.MustCompile(`From: .*;tag=(\S+)`).FindStringSubmatch(text)
		if call != nil && to != nil && from != nil && strings.Contains(text, " INVITE") {
			return sipDialog{call[1], to[1], from[1]}
		}
	}
	p.t.Fatalf("no answer from %s in\n%s", number, p.logged())
	return sipDialog{}
}

// TestPhoneAndXMPPClient: an extension is dialled, and the user's XMPP client rings by a message; the client answers, and calls back by the number.
//
func TestPhoneAndXMPPClient(t *testing.T) {
	counted(t)
	srv := startServer(t)
	c := srv.console()
	accounts := c.threePhones()
	ben := startPhone(t, srv, accounts[1], phoneConfig{Codec: "PCMA", Hz: 660, Answers: true})
	ben.registered()
	juliet := callerAs(t, srv, c.employee("juliet", "Juliet Capulet", "103"))
	juliet.tell(order{Do: "answering", Form: map[string]string{"tone": "440", "rings": "1"}})

	ben.dial("103")
	if e := juliet.awaits("the proposal", 1, func(e event) bool { return e.Is == "propose" }); !regexp.MustCompile(`^101@pbx\.localhost/`).MatchString(e.From) || e.Body != "Ben Kraus (101)" {
		t.Errorf("the client is called by %s, nickname %q", e.From, e.Body)
	}
	juliet.tell(order{Do: "accept"})
	ben.established()
	ben.hears("Juliet", 440)
	juliet.hears("660")
	ben.hangUp()
	juliet.awaits("the end", 1, func(e event) bool { return e.Is == "ended" })

	juliet.tell(order{Do: "propose", To: "101@pbx." + domain, Form: map[string]string{"tone": "880"}})
	if e := ben.await("CALL_ESTABLISHED", 2); !regexp.MustCompile(`sip:103@`).MatchString(e.From) || e.Body != "Juliet Capulet" {
		t.Errorf("the phone shows %q %q as caller", e.Body, e.From)
	}
	ben.hears("Juliet", 880)
	juliet.awaits("to hear the phone again", 2, func(e event) bool { return e.Is == "heard" && e.Text == "660" })
	juliet.tell(order{Do: "hang up"})
	ben.await("CALL_CLOSED", 2)
}
