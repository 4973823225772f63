package muc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// secretBytes is the size of the key from which a room makes its occupant ids.
const secretBytes = 32

func newSecret() []byte {
	b := make([]byte, secretBytes)
	rand.Read(b) // never fails
	return b
}

// occupantID is what a user is called in this room, whatever his nickname (XEP-0421#id-generation). It says nothing about
// his address, and other rooms call him differently.
func (r *Room) occupantID(bare jid.JID) string {
	h := hmac.New(sha256.New, r.secret)
	h.Write([]byte(bare.String()))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:24])
}

func occupantIDXML(id string) []byte {
	b := append(make([]byte, 0, 80), "<occupant-id xmlns='"+nsOccupantID+"'"...)
	return append(xmlstream.AppendAttr(b, "id", id), "/>"...)
}
