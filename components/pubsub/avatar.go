package pubsub

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Namespaces of avatars (XEP-0084, XEP-0153, XEP-0398). The first two are also the names of nodes.
const (
	NSAvatarData     = "urn:xmpp:avatar:data"
	NSAvatarMetadata = "urn:xmpp:avatar:metadata"
	nsConversion     = "urn:xmpp:pep-vcard-conversion:0"
	nsCardUpdate     = "vcard-temp:x:update"
	nsCard           = "vcard-temp"
)

// ConvertAvatars makes the avatar of PEP and the picture of the vCard the same, and announces it (XEP-0398#disco). Photo makes of a stored
// card, nil for none, what an asker gets; changed is told of a new card.
func (p *Service) ConvertAvatars() (photo func(ctx context.Context, asker, owner jid.JID, card []byte) ([]byte, error),
	changed func(ctx context.Context, owner jid.JID, card xmlstream.Element)) {
	p.srv.AddFeature(xmppd.ToAccount, nsConversion)
	p.srv.Hooks.Presence.Add(xmppd.Rewrite, p.addPhotoHash)
	return p.photoFromPEP, p.photoToPEP
}

// avatarInfo is what the metadata say of the picture that is at the data node. The zero value says that there is no picture.
type avatarInfo struct{ id, mime string }

// avatar finds the present avatar of an account in PEP; ok is false when the account has never said anything about one.
func (p *Service) avatar(ctx context.Context, owner jid.JID) (info avatarInfo, ok bool, err error) {
	n, err := p.engine.node(ctx, owner, NSAvatarMetadata)
	if err != nil || n == nil {
		return info, false, err
	}
	it := p.last(n)
	if it == nil {
		return info, false, nil
	}
	pkt, err := xmlstream.Parse(it.Payload, NSAvatarMetadata, xmlstream.S2S)
	if err != nil {
		return info, false, nil
	}
	for c := range pkt.Children() {
		_, elsewhere := c.Attr("url")
		if id, _ := c.Attr("id"); !elsewhere && c.Local() == "info" && isHash(id) { // XEP-0398#pep2vcard
			info.id = id
			info.mime, _ = c.Attr("type")
			break
		}
	}
	return info, true, nil
}

// isHash reports whether s is a SHA-1 in hexadecimal.
func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha1.Size
}

// photoFromPEP makes the picture of a card the avatar, if the asker may see both nodes (XEP-0398#security). Who may not is shown the
// card's own picture as long as it is the same.
func (p *Service) photoFromPEP(ctx context.Context, asker, owner jid.JID, card []byte) ([]byte, error) {
	info, ok, err := p.avatar(ctx, owner)
	if !ok || err != nil {
		return card, err
	}
	own := hashOf(card)
	if strings.EqualFold(info.id, own) {
		return card, nil
	}
	data, err := p.avatarData(ctx, asker, owner, info.id)
	if err != nil || data == "" && own == "" {
		return card, err
	}
	return withPhoto(card, info.mime, data), nil
}

// avatarData is a picture in base64; empty when it is not there, or the asker may not see it.
func (p *Service) avatarData(ctx context.Context, asker, owner jid.JID, id string) (string, error) {
	var data *node
	for _, name := range []string{NSAvatarMetadata, NSAvatarData} {
		n, err := p.engine.node(ctx, owner, name)
		if err != nil || n == nil || n.config.MayRead(n.relation(asker, p.relation(owner, asker))) != nil {
			return "", err
		}
		data = n
	}
	it, err := p.engine.item(ctx, data, id)
	if err != nil || it == nil {
		return "", err
	}
	pkt, err := xmlstream.Parse(it.Payload, NSAvatarData, xmlstream.S2S)
	if err != nil {
		return "", nil
	}
	return pkt.Root().Text(), nil
}

// hashOf is the hash of a card's own picture; empty when it has none.
func hashOf(card []byte) string {
	pkt, err := xmlstream.Parse(card, nsCard, xmlstream.S2S)
	if err != nil {
		return ""
	}
	image, _, ok := cardPhoto(pkt.Root())
	if !ok {
		return ""
	}
	sum := sha1.Sum(image)
	return hex.EncodeToString(sum[:])
}

// withPhoto is the card with this picture and no other; binval is base64, empty for no picture.
func withPhoto(card []byte, mime, binval string) []byte {
	b := append(make([]byte, 0, len(card)+len(binval)+200), "<vCard xmlns='"+nsCard+"'>"...)
	if pkt, err := xmlstream.Parse(card, nsCard, xmlstream.S2S); err == nil {
		for c := range pkt.Children() {
			if !c.Is(nsCard, "PHOTO") {
				b = append(b, c.Standalone()...)
			}
		}
	}
	if binval == "" {
		return append(b, "</vCard>"...)
	}
	b = append(b, "<PHOTO>"...)
	if mime != "" {
		b = xmlstream.AppendEscaped(append(b, "<TYPE>"...), mime)
		b = append(b, "</TYPE>"...)
	}
	b = xmlstream.AppendEscaped(append(b, "<BINVAL>"...), binval)
	return append(b, "</BINVAL></PHOTO></vCard>"...)
}

// photoToPEP publishes the picture of a new card (XEP-0398#vcard2pep). A card without one changes nothing: many clients leave out what
// they do not know.
func (p *Service) photoToPEP(ctx context.Context, owner jid.JID, card xmlstream.Element) {
	image, mime, ok := cardPhoto(card)
	if !ok {
		return
	}
	sum := sha1.Sum(image)
	id := hex.EncodeToString(sum[:])
	if now, _, err := p.avatar(ctx, owner); err != nil || strings.EqualFold(now.id, id) {
		return
	}
	data := append([]byte("<data xmlns='"+NSAvatarData+"'>"), base64.StdEncoding.EncodeToString(image)...)
	info := xmlstream.AppendAttr([]byte("<metadata xmlns='"+NSAvatarMetadata+"'><info"), "id", id)
	info = xmlstream.AppendAttr(info, "bytes", strconv.Itoa(len(image)))
	info = xmlstream.AppendAttr(info, "type", mime)
	_, err := p.Publish(ctx, owner, NSAvatarData, id, append(data, "</data>"...), PublishOptions{})
	if err == nil {
		_, err = p.Publish(ctx, owner, NSAvatarMetadata, id, append(info, "/></metadata>"...), PublishOptions{})
	}
	if err != nil {
		p.srv.Log().Info("the picture of a vCard is not published as an avatar", "account", owner, "err", err)
	}
}

// cardPhoto reads the picture of a card.
func cardPhoto(card xmlstream.Element) (image []byte, mime string, ok bool) {
	photo, ok := card.Child(nsCard, "PHOTO")
	if !ok {
		return nil, "", false
	}
	val, ok := photo.Child(nsCard, "BINVAL")
	if !ok {
		return nil, "", false
	}
	text := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, val.Text())
	image, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(image) == 0 {
		return nil, "", false
	}
	if t, ok := photo.Child(nsCard, "TYPE"); ok {
		mime = t.Text()
	}
	if !strings.HasPrefix(mime, "image/") {
		mime = http.DetectContentType(image)
	}
	return image, mime, strings.HasPrefix(mime, "image/")
}

// addPhotoHash puts the hash of the avatar into presence, unless the client says that there is none (XEP-0398#presence).
func (p *Service) addPhotoHash(ev *xmppd.Presence) error {
	if ev.Side != xmppd.Outbound || ev.Packet.Type() != "" || ev.Owner.Domain() == p.srv.GuestDomain() {
		return nil
	}
	said := ""
	if x, ok := ev.Packet.Child(nsCardUpdate, "x"); ok {
		if photo, ok := x.Child(nsCardUpdate, "photo"); ok {
			if said = strings.TrimSpace(photo.Text()); said == "" {
				return nil
			}
		}
	}
	info, _, err := p.avatar(ev.Context, ev.Owner)
	if err != nil || info.id == "" || strings.EqualFold(said, info.id) {
		return err
	}
	ev.Packet = ev.Packet.Rewrite(xmlstream.Rewrite{
		Drop:   func(e xmlstream.Element) bool { return e.Is(nsCardUpdate, "x") },
		Append: []byte("<x xmlns='" + nsCardUpdate + "'><photo>" + info.id + "</photo></x>"),
	})
	return nil
}
