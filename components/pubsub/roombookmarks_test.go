package pubsub_test

import (
	"context"
	"strings"
	"testing"

	"plenum/components/pubsub"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// TestTheServerKeepsRoomsInBookmarks, and leaves alone what the user has made of them; on every database.
func TestTheServerKeepsRoomsInBookmarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		srv, p := start(t, db, cluster.NewLocal(), "a")
		ctx, owner := context.Background(), jid.MustParse("juliet@example.org")
		juliet := srv.Login("juliet")
		coven, garden := jid.MustParse("coven@chat.example.org"), jid.MustParse("garden@chat.example.org")
		mark := func(want ...string) {
			t.Helper()
			items, err := p.Items(ctx, owner, pubsub.NSBookmarks)
			var got []string
			for _, it := range items {
				got = append(got, it.ID+" "+string(it.Payload))
			}
			if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%q instead of %q, %v", got, want, err)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		ofServer := func(name string) string {
			return "coven@chat.example.org <conference xmlns='urn:xmpp:bookmarks:1' name='" + name + "' autojoin='true'></conference>"
		}
		must(p.RemoveBookmark(ctx, owner, coven))
		must(p.RenameBookmark(ctx, owner, coven, "a", "b"))
		must(p.AddBookmark(ctx, owner, coven, "Coven & co"))
		mark(ofServer("Coven &amp; co"))
		must(p.RenameBookmark(ctx, owner, coven, "Coven & co", "Coven"))
		mark(ofServer("Coven"))
		must(p.RenameBookmark(ctx, owner, coven, "other", "Nothing"))
		must(p.AddBookmark(ctx, owner, coven, "Again"))
		mark(ofServer("Coven"))
		// A room that the user knows already stays as he has it.
		juliet.Send("<iq type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:bookmarks:1'><item id='garden@chat.example.org'><conference xmlns='urn:xmpp:bookmarks:1' name='Mine'/></item></publish></pubsub></iq>")
		juliet.Find("<iq type='result' id='1'>…</iq>")
		must(p.AddBookmark(ctx, owner, garden, "Garden"))
		mark(ofServer("Coven"), `garden@chat.example.org <conference xmlns='urn:xmpp:bookmarks:1' name='Mine'/>`)
		must(p.RemoveBookmark(ctx, owner, coven))
		must(p.RemoveBookmark(ctx, owner, garden))
		mark()
		// While others can see the bookmarks, nothing is added.
		must(p.Configure(ctx, owner, pubsub.NSBookmarks, func(c *pubsub.NodeConfig) { c.Access = pubsub.AccessPresence }))
		must(p.AddBookmark(ctx, owner, coven, "Coven"))
		mark()
	})
}
