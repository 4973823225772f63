package directory

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"plenum/xmppd/store"
)

// KeySize is the size of a sealer's key, in bytes.
const KeySize = 32

// Sealer encrypts what must be read again but not lie open in the database: PINs, the access data of guests,
// and what the secrets of devices are checked by. It is AES-256-GCM with a
// random nonce before the text.
type Sealer struct {
	aead   cipher.AEAD
	macKey []byte
	source string // where the key comes from, for errors
}

// NewSealer returns the sealer with a key of KeySize random bytes.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("directory: a key of %d bytes, want %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	mac := sha256.Sum256(append([]byte("plenum directory mac\x00"), key...))
	return &Sealer{aead: aead, macKey: mac[:]}, nil
}

// A KeySource gives the sealer of a directory. Make is set when nothing was sealed yet, so that a new key may be made.
type KeySource func(makeIt bool) (*Sealer, error)

// KeyFile is the source that keeps the key in a file.
func KeyFile(path string) KeySource {
	return func(makeIt bool) (*Sealer, error) {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			if makeIt {
				return makeKeyFile(path)
			}
			return nil, fmt.Errorf("the key file %s is missing: PINs and guests' access in the database are sealed with it; take it from a"+
				" backup, or from the first node", path)
		}
		if err != nil {
			return nil, fmt.Errorf("read the key of the directory: %w", err)
		}
		key, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) != KeySize {
			return nil, fmt.Errorf("%s holds no key of the directory: %d hexadecimal digits are expected", path, 2*KeySize)
		}
		seal, err := NewSealer(key)
		if err == nil {
			seal.source = path
		}
		return seal, err
	}
}

func makeKeyFile(path string) (*Sealer, error) {
	key := make([]byte, KeySize)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the key of the directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the key of the directory: %w", err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make the key of the directory: %w", err)
	}
	return KeyFile(path)(false)
}

// Sealer encrypts what other packages keep, with the key of the directory.
func (d *Directory) Sealer() *Sealer { return d.seal }

// Seal encrypts text.
func (s *Sealer) Seal(text []byte) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(text)+s.aead.Overhead())
	rand.Read(nonce)
	return s.aead.Seal(nonce, nonce, text, nil), nil
}

// Open decrypts what Seal made with the same key.
func (s *Sealer) Open(sealed []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("directory: sealed text is too short")
	}
	text, err := s.aead.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil {
		return nil, errors.New("directory: a secret was sealed with another key than that of the key file")
	}
	return text, nil
}

// check tells keys apart.
func (s *Sealer) check() []byte { return s.mac([]byte("check")) }

// openSealer gets the key that the secrets in the database are sealed with, or makes the first one.
func (s *sqlStore) openSealer(ctx context.Context, source KeySource) (*Sealer, error) {
	var check []byte
	if err := s.db.QueryRow(ctx, "SELECT key_check FROM directory_state WHERE id = 1").Scan(&check); err != nil {
		return nil, fmt.Errorf("read state of directory: %w", storeFault(err))
	}
	seal, err := source(check == nil)
	if err != nil {
		return nil, err
	}
	if check == nil {
		err := s.db.Commit(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE directory_state SET key_check = $1 WHERE id = 1 AND key_check IS NULL", seal.check())
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("note the key of the directory: %w", storeFault(err))
		}
		return s.openSealer(ctx, source)
	}
	if !hmac.Equal(check, seal.check()) {
		return nil, fmt.Errorf("the key file %s is not the one that PINs and guests' access in the database are sealed with: take that from a"+
			" backup, or from the first node", seal.source)
	}
	return seal, nil
}

// mac is the same for the same text, and tells nothing of it without the key.
func (s *Sealer) mac(text []byte) []byte {
	h := hmac.New(sha256.New, s.macKey)
	h.Write(text)
	return h.Sum(nil)
}
