package archive

import "plenum/xmppd/xmlstream"

// RoundTripPrefs reads preferences and writes them.
func RoundTripPrefs(e xmlstream.Element) ([]byte, error) {
	p, err := parsePrefs(e)
	if err != nil {
		return nil, err
	}
	return p.append(nil), nil
}
