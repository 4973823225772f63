package sasl

// SetNonce replaces the server's random nonce, to run an RFC's example.
func (x *Exchange) SetNonce(nonce string) { x.newNonce = func() string { return nonce } }

// KeysWithSalt derives keys for one hash with a given salt.
func KeysWithSalt(hash, password string, salt []byte, iterations int) Keys {
	return Keys{hash: hashOf(hash).derive(password, salt, iterations)}
}

// ParseClientFirst and ParseClientFinal are the parsers that get untrusted text.
var (
	ParseClientFirst = parseClientFirst
	ParseClientFinal = parseClientFinal
)

// PreparePassword is SASLprep.
var PreparePassword = preparePassword
