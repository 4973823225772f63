package muc

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

const nsCard = "vcard-temp"

// Limits of a room's card.
const (
	maxCard   = 200 << 10 // bytes, as for the cards of accounts
	maxPhotos = 4         // the same picture in several formats (XEP-0486#multiple)
)

// card gives anybody who may ask about the room its card, an empty one when there is none (XEP-0486#retrieve-vcard).
func (r *Room) card(q request) {
	ok := r.svc.job(func(ctx context.Context) {
		data, err := r.svc.store.card(ctx, r.addr)
		if err != nil {
			r.svc.refuse(q.Stanza, err)
			return
		}
		r.svc.result(q.Stanza, data)
	})
	if !ok {
		r.svc.refuse(q.Stanza, errBusy)
	}
}

// setCard takes a new card from an owner; an empty one removes it (XEP-0486#owner-publish).
func (r *Room) setCard(q request) {
	if r.affiliation(q.From.Bare()) != Owner {
		r.svc.refuse(q.Stanza, xmppd.Errorf("forbidden", "only owners give the room a card"))
		return
	}
	if r.state == locked {
		r.svc.refuse(q.Stanza, xmppd.Errorf("not-allowed", "the room has to be configured first"))
		return
	}
	config := r.cfg
	var err error
	if config.Avatar, err = photoHashes(q.payload); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	b := r.write(new(store.Batch))
	if err := r.svc.store.saveConfig(b, r.addr, config); err != nil {
		r.svc.refuse(q.Stanza, r.notStored(err))
		return
	}
	var data []byte
	if _, ok := q.payload.First(); ok {
		data = q.payload.Standalone()
	}
	r.svc.store.saveCard(b, r.addr, data)
	r.change(b, func(err error) {
		if err != nil {
			r.svc.refuse(q.Stanza, r.notStored(err))
			return
		}
		r.cfg = config
		r.svc.result(q.Stanza, nil)
		r.announceConfig([]int{codeConfigChanged})
	})
}

// photoHashes are the hashes of the pictures in a card, as XEP-0153 makes them, with spaces between.
func photoHashes(card xmlstream.Element) (string, error) {
	if len(card.Standalone()) > maxCard {
		return "", xmppd.Errorf("policy-violation", "a card has at most %d bytes", maxCard)
	}
	var hashes []string
	for e := range card.Children() {
		if !e.Is(nsCard, "PHOTO") {
			continue
		}
		val, ok := e.Child(nsCard, "BINVAL")
		if !ok {
			continue // it lies elsewhere
		}
		image, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(val.Text()), ""))
		typ := text(e, nsCard, "TYPE")
		if err != nil || len(image) == 0 || typ != "" && !strings.HasPrefix(typ, "image/") {
			return "", xmppd.Errorf("bad-request", "a PHOTO holds an image in base64, and its type")
		}
		if len(hashes) == maxPhotos {
			return "", xmppd.Errorf("policy-violation", "a card has at most %d pictures", maxPhotos)
		}
		sum := sha1.Sum(image)
		hashes = append(hashes, hex.EncodeToString(sum[:]))
	}
	return strings.Join(hashes, " "), nil
}

func (s *roomStore) card(ctx context.Context, room string) ([]byte, error) {
	var data []byte
	err := s.db.QueryRow(ctx, `SELECT data FROM muc_card WHERE room = $1`, room).Scan(&data)
	if errors.Is(err, store.ErrNoRows) {
		return []byte("<vCard xmlns='" + nsCard + "'/>"), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the card of %s: %w", room, err)
	}
	return data, nil
}

// saveCard stores a card; nil removes it.
func (s *roomStore) saveCard(b *store.Batch, room string, data []byte) {
	b.Do(func(tx *store.Tx) (err error) {
		if data == nil {
			_, err = tx.Exec(`DELETE FROM muc_card WHERE room = $1`, room)
		} else {
			_, err = tx.Exec(`INSERT INTO muc_card (room, data) VALUES ($1, $2) ON CONFLICT (room) DO UPDATE SET data = excluded.data`, room, data)
		}
		return err
	})
}
