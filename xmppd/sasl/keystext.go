package sasl

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AppendText writes the keys as RFC 5803 does for one hash, "SCRAM-SHA-1$10000:salt$stored:server", sorted, with a space between two hashes. That
// is how they are stored, and how other servers' keys can be brought in.
func (k Keys) AppendText(b []byte) ([]byte, error) {
	names := make([]string, 0, len(k))
	for name := range k {
		if name == "" || strings.ContainsAny(name, "$: ") {
			return b, fmt.Errorf("sasl: hash name %q", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			b = append(b, ' ')
		}
		keys := k[name]
		b = append(b, name...)
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(keys.Iterations), 10)
		b = append(b, ':')
		b = base64.StdEncoding.AppendEncode(b, keys.Salt)
		b = append(b, '$')
		b = base64.StdEncoding.AppendEncode(b, keys.StoredKey)
		b = append(b, ':')
		b = base64.StdEncoding.AppendEncode(b, keys.ServerKey)
	}
	return b, nil
}

// MarshalText is AppendText to a new slice.
func (k Keys) MarshalText() ([]byte, error) { return k.AppendText(nil) }

// UnmarshalText reads what AppendText writes. Hashes that this version does not know are kept. Empty text gives no keys.
func (k *Keys) UnmarshalText(text []byte) error {
	keys := make(Keys)
	for field := range strings.FieldsSeq(string(text)) {
		name, value, ok := strings.Cut(field, "$")
		if !ok || name == "" || strings.Contains(name, ":") {
			return errors.New("sasl: stored keys lack a hash name")
		}
		stored, err := parseStoredKeys(value)
		if err != nil {
			return fmt.Errorf("sasl: stored keys for %.32q: %w", name, err)
		}
		keys[name] = stored
	}
	*k = keys
	return nil
}

// parseStoredKeys reads authInfo "$" authValue (RFC 5803 §2).
func parseStoredKeys(value string) (StoredKeys, error) {
	info, auth, ok1 := strings.Cut(value, "$")
	count, salt, ok2 := strings.Cut(info, ":")
	stored, server, ok3 := strings.Cut(auth, ":")
	if !ok1 || !ok2 || !ok3 {
		return StoredKeys{}, errors.New("not of the form count:salt$stored:server")
	}
	iterations, err := strconv.ParseUint(count, 10, 31)
	if err != nil || iterations == 0 {
		return StoredKeys{}, fmt.Errorf("iteration count %.32q", count)
	}
	keys := StoredKeys{Iterations: int(iterations)}
	var errs [3]error
	keys.Salt, errs[0] = decodeBase64(salt)
	keys.StoredKey, errs[1] = decodeBase64(stored)
	keys.ServerKey, errs[2] = decodeBase64(server)
	return keys, errors.Join(errs[:]...)
}
