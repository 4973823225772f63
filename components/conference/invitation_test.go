package conference_test

import (
	"strings"
	"testing"

	"plenum/components/conference"
)

// group, link, and where there is a number to dial in, that and the PIN in groups of three.
func TestInvitations(t *testing.T) {
	for name, x := range map[string]struct{ lang, group, number, want string }{
		"in English": {"en", "Sales", "", "You are invited to “Sales”.\n\nJoin in your browser:\nhttps://chat.example.org/g/token\n"},
		"in German":  {"de", "Vertrieb", "", "Sie sind eingeladen: „Vertrieb“.\n\nIm Browser teilnehmen:\nhttps://chat.example.org/g/token\n"},
		"with a number": {"en", "Sales", "+4989123456",
			"You are invited to “Sales”.\n\nJoin in your browser:\nhttps://chat.example.org/g/token\n\nOr by telephone:\n+4989123456\nPIN: 313 787 136\n"},
		"with a number, in German": {"de", "Vertrieb", "+4989123456",
			"Sie sind eingeladen: „Vertrieb“.\n\nIm Browser teilnehmen:\nhttps://chat.example.org/g/token\n\nOder mit dem Telefon:\n+4989123456\nPIN: 313 787 136\n"},
		"in a language that there is not": {"fr", "100 %s", "", "You are invited to “100 %s”.\n\nJoin in your browser:\nhttps://chat.example.org/g/token\n"},
	} {
		if got := conference.InvitationText(x.lang, x.group, "https://chat.example.org/g/token", x.number, "313787136"); got != x.want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestAddressesMadeOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"Sales": "sales", " Köln & Büro: Sales! ": "köln-büro-sales", "a/b@c": "a-b-c", "???": "group", "": "group", "Größe": "größe", "ＡＢＣ": "abc",
		"東京 office": "東京-office", strings.Repeat("x", 100): strings.Repeat("x", 60), strings.Repeat("x", 59) + " yy": strings.Repeat("x", 59), strings.Repeat("ü", 40): strings.Repeat("ü", 30),
	} {
		if got := conference.Slug(name); got != want {
			t.Errorf("%q becomes %q", name, got)
		}
	}
}
