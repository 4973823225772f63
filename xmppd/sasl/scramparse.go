package sasl

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// clientFirst is client-first-message (RFC 5802 §7).
type clientFirst struct {
	gs2         string // the GS2 header, with its last comma
	bindingFlag byte   // 'n', 'y' or 'p'
	bindingName string // with 'p'
	authzid     string // unescaped, may be empty
	bare        string // client-first-message-bare, as sent
	user        string // unescaped
	nonce       string
}

var errExtension = errors.New("mandatory extension m= is not supported")

// parseClientFirst reads the first message. Optional extensions after the nonce are accepted and ignored; m= is refused (RFC 5802 §5.1).
func parseClientFirst(message string) (clientFirst, error) {
	var first clientFirst
	flag, rest, ok1 := strings.Cut(message, ",")
	authzid, bare, ok2 := strings.Cut(rest, ",")
	if !ok1 || !ok2 {
		return first, errors.New("GS2 header is not complete")
	}
	first.gs2 = message[:len(message)-len(bare)]
	first.bare = bare
	if err := first.readFlag(flag); err != nil {
		return first, err
	}
	var err error
	if authzid != "" {
		if first.authzid, err = readName(authzid, "a="); err != nil {
			return first, err
		}
	}
	if strings.HasPrefix(bare, "m=") {
		return first, errExtension
	}
	user, rest, _ := strings.Cut(bare, ",")
	if first.user, err = readName(user, "n="); err != nil {
		return first, err
	}
	nonce, extensions, _ := strings.Cut(rest, ",")
	if first.nonce, err = readNonce(nonce); err != nil {
		return first, err
	}
	return first, checkExtensions(extensions)
}

// readFlag reads gs2-cbind-flag.
func (first *clientFirst) readFlag(flag string) error {
	switch {
	case flag == "n", flag == "y":
	case strings.HasPrefix(flag, "p=") && isBindingName(flag[2:]):
		first.bindingName = flag[2:]
	default:
		return fmt.Errorf("channel binding flag %.32q", flag)
	}
	first.bindingFlag = flag[0]
	return nil
}

func isBindingName(name string) bool {
	if name == "" {
		return false
	}
	for _, c := range []byte(name) {
		if !isAlpha(c) && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// readName reads an attribute that is a saslname, where "=2C" is a comma and "=3D" an equals sign.
func readName(attribute, prefix string) (string, error) {
	escaped, ok := strings.CutPrefix(attribute, prefix)
	if !ok || escaped == "" {
		return "", fmt.Errorf("name %s is missing", prefix)
	}
	if !utf8.ValidString(escaped) || strings.IndexByte(escaped, 0) >= 0 {
		return "", fmt.Errorf("name %s is not UTF-8 or has a zero byte", prefix)
	}
	head, rest, found := strings.Cut(escaped, "=")
	if !found {
		return escaped, nil
	}
	var name strings.Builder
	name.WriteString(head)
	for found {
		switch {
		case hasPrefixFold(rest, "2C"):
			name.WriteByte(',')
		case hasPrefixFold(rest, "3D"):
			name.WriteByte('=')
		default:
			return "", fmt.Errorf("name %s has a lone equals sign", prefix)
		}
		head, rest, found = strings.Cut(rest[2:], "=")
		name.WriteString(head)
	}
	return name.String(), nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// readNonce reads r=, printable ASCII without a comma.
func readNonce(attribute string) (string, error) {
	nonce, ok := strings.CutPrefix(attribute, "r=")
	if !ok || nonce == "" {
		return "", errors.New("nonce is missing")
	}
	for _, c := range []byte(nonce) {
		if c < '!' || c > '~' || c == ',' {
			return "", errors.New("nonce is not printable")
		}
	}
	return nonce, nil
}

// checkExtensions accepts attr-val pairs with a comma between them, or nothing.
func checkExtensions(extensions string) error {
	for extensions != "" {
		var extension string
		extension, extensions, _ = strings.Cut(extensions, ",")
		switch {
		case len(extension) < 3 || !isAlpha(extension[0]) || extension[1] != '=':
			return fmt.Errorf("attribute %.32q", extension)
		case extension[0] == 'm':
			return errExtension
		case !utf8.ValidString(extension) || strings.IndexByte(extension, 0) >= 0:
			return fmt.Errorf("attribute %c is not UTF-8 or has a zero byte", extension[0])
		}
	}
	return nil
}

// clientFinal is client-final-message (RFC 5802 §7).
type clientFinal struct {
	withoutProof string // client-final-message-without-proof, as sent
	binding      []byte // c=, decoded
	nonce        string
	proof        []byte // p=, decoded
}

// parseClientFinal reads the second message.
func parseClientFinal(message string) (clientFinal, error) {
	var final clientFinal
	end := strings.LastIndex(message, ",p=")
	if end < 0 {
		return final, errors.New("proof is missing")
	}
	final.withoutProof = message[:end]
	var err error
	if final.proof, err = decodeBase64(message[end+len(",p="):]); err != nil {
		return final, fmt.Errorf("proof: %w", err)
	}
	binding, rest, _ := strings.Cut(final.withoutProof, ",")
	encoded, ok := strings.CutPrefix(binding, "c=")
	if !ok {
		return final, errors.New("channel binding c= is missing")
	}
	if final.binding, err = decodeBase64(encoded); err != nil {
		return final, fmt.Errorf("channel binding: %w", err)
	}
	nonce, extensions, _ := strings.Cut(rest, ",")
	if final.nonce, err = readNonce(nonce); err != nil {
		return final, err
	}
	return final, checkExtensions(extensions)
}
