package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"hash"

	"plenum/xmppd/fault"
)

const (
	// DefaultIterations is the PBKDF2 count of new keys. A client pays it at each login, a phone's browser included, and we pay it when a
	// password is set or sent by PLAIN: 2 to 6 ms of one core for each hash.
	DefaultIterations = 10000
	// MinIterations is the least a client accepts (RFC 5802 §5.1, RFC 7677 §4).
	MinIterations = 4096

	saltSize      = 16 // bytes
	minFakeSecret = 16 // bytes
)

// StoredKeys verifies a password by one SCRAM hash (RFC 5802 §3). Nobody can log in with it, but whoever has it can guess passwords offline.
type StoredKeys struct {
	Salt       []byte
	Iterations int
	StoredKey  []byte // H(ClientKey)
	ServerKey  []byte
}

// Keys are an account's stored keys by hash name: ScramSHA256, ScramSHA1.
type Keys map[string]StoredKeys

// scramHash is a hash that SCRAM uses here.
type scramHash struct {
	name string // mechanism without -PLUS, and key in Keys
	size int    // bytes of digest
	new  func() hash.Hash
}

// scramHashes lists the hashes, cheapest first: a password is checked with the first that an account has. PBKDF2 with SHA-1 takes 4/5 of the
// time of SHA-256. That alone makes PLAIN cheap enough to do without a cache of verified passwords.
var scramHashes = [...]scramHash{
	{ScramSHA1, sha1.Size, sha1.New},
	{ScramSHA256, sha256.Size, sha256.New},
}

// DeriveKeys makes keys for each hash, each with a fresh salt. iterations 0 means DefaultIterations. It returns fault.Invalid for a password
// that SASLprep prohibits and for a count below MinIterations.
func DeriveKeys(password string, iterations int) (Keys, error) {
	if iterations == 0 {
		iterations = DefaultIterations
	}
	if iterations < MinIterations {
		return nil, fault.Newf(fault.Invalid, "iteration count must be at least %d", MinIterations)
	}
	prepared, err := preparePassword(password)
	if err != nil {
		return nil, err
	}
	keys := make(Keys, len(scramHashes))
	for _, h := range scramHashes {
		salt := make([]byte, saltSize)
		rand.Read(salt) // never fails: crypto/rand ends the program instead
		keys[h.name] = h.derive(prepared, salt, iterations)
	}
	return keys, nil
}

// CheckPassword reports whether this is the password. It costs one PBKDF2; comparing takes the same time whatever the result.
// Keys without a hash that we know never fit.
func (k Keys) CheckPassword(password string) bool {
	prepared, err := preparePassword(password)
	if err != nil {
		return false
	}
	for _, h := range scramHashes {
		if want, ok := k[h.name]; ok {
			got := h.derive(prepared, want.Salt, want.Iterations)
			return subtle.ConstantTimeCompare(got.StoredKey, want.StoredKey) == 1
		}
	}
	return false
}

// derive computes RFC 5802 §3's SaltedPassword and what is stored of it. The password is prepared.
func (h scramHash) derive(password string, salt []byte, iterations int) StoredKeys {
	salted, err := pbkdf2.Key(h.new, password, salt, iterations, h.size)
	if err != nil {
		panic(err) // only a wrong key size, or FIPS mode with a salt shorter than ours
	}
	return StoredKeys{
		Salt:       salt,
		Iterations: iterations,
		StoredKey:  h.sum(h.hmac(salted, "Client Key")),
		ServerKey:  h.hmac(salted, "Server Key"),
	}
}

func (h scramHash) hmac(key []byte, text string) []byte {
	mac := hmac.New(h.new, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (h scramHash) sum(data []byte) []byte {
	digest := h.new()
	digest.Write(data)
	return digest.Sum(nil)
}

// fakeKeys are what an unknown user shows: a salt that stays the same for a name, and keys that fit no password.
func (h scramHash) fakeKeys(cfg *Config, user string) StoredKeys {
	iterations := cfg.Iterations
	if iterations == 0 {
		iterations = DefaultIterations
	}
	mac := hmac.New(sha256.New, cfg.FakeSecret)
	mac.Write([]byte(h.name))
	mac.Write([]byte{0})
	mac.Write([]byte(user))
	return StoredKeys{
		Salt:       mac.Sum(nil)[:saltSize],
		Iterations: iterations,
		StoredKey:  make([]byte, h.size),
		ServerKey:  make([]byte, h.size),
	}
}
