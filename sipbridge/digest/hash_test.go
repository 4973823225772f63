package digest

import "testing"

func TestExamplesOfTheRFCs(t *testing.T) {
	for name, c := range map[string]struct{ algorithm, realm, password, nonce, nc, cnonce, want string }{
		"RFC 7616 §3.9.1, MD5": {MD5, "http-auth@example.org", "Circle of Life", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001",
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "8ca523f5e9506fed4657c9700eebdbec"},
		"RFC 7616 §3.9.1, SHA-256": {SHA256, "http-auth@example.org", "Circle of Life", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001",
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		"RFC 2617 §3.5": {MD5, "testrealm@host.com", "Circle Of Life", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b", "6629fae49393a05397450978507c4ef1"},
	} {
		ha2 := hash(c.algorithm, "GET", "/dir/index.html")
		got := response(c.algorithm, Derive("Mufasa", c.realm, c.password).hex(c.algorithm), c.nonce, c.nc, c.cnonce, "auth", ha2)
		if got != c.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
