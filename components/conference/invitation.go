package conference

import (
	"context"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// invitationText is what an invitation says in one language.
type invitationText struct{ head, browser, phone, pin string }

var invitationTexts = map[string]invitationText{
	"en": {"You are invited to “%s”.", "Join in your browser:", "Or by telephone:", "PIN:"},
	"de": {"Sie sind eingeladen: „%s“.", "Im Browser teilnehmen:", "Oder mit dem Telefon:", "PIN:"},
}

// Invitation is a text to send to guests: the group's name, the link and, where there is a number to dial in, that and the PIN
// in groups of three. Lang is de or en; others get English. The error is of kind NotFound when guests are not let in.
func (c *Service) Invitation(ctx context.Context, room jid.JID, lang string) (string, error) {
	a, err := c.Access.Get(room)
	if err != nil {
		return "", fault.Wrap(fault.NotFound, err, "guests are not allowed in this group")
	}
	s, err := c.summary(ctx, room)
	if err != nil {
		return "", err
	}
	return invitation(lang, title(&s), c.Link(a.Token), c.number(), a.PIN), nil
}

func invitation(lang, name, link, number, pin string) string {
	t, ok := invitationTexts[lang]
	if !ok {
		t = invitationTexts["en"]
	}
	lines := []string{strings.Replace(t.head, "%s", name, 1), "", t.browser, link}
	if number != "" {
		lines = append(lines, "", t.phone, number, t.pin+" "+grouped(pin))
	}
	return strings.Join(lines, "\n") + "\n"
}
