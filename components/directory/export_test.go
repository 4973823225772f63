package directory

import (
	"context"
	"fmt"

	"plenum/xmppd/jid"
)

// Fill makes many users without passwords, with an extension and a softphone each, in one transaction.
func (d *Directory) Fill(ctx context.Context, domain string, n int) error {
	first, last := []string{"Anna", "Björn", "Clara", "David", "Elif", "Frank", "Grete", "Hanna"}, []string{"Müller", "Schmidt", "Yıldız", "Weiß", "Novák"}
	return d.write(ctx, jid.JID{}, "fill", func(t *txn) error {
		records := make([]Record, n)
		for i := range records {
			address, err := jid.New(fmt.Sprintf("user%05d", i), domain, "")
			if err != nil {
				return err
			}
			records[i] = newRecord(address, fmt.Sprintf("%s %s %d", first[i%len(first)], last[i%len(last)], i), NoRole)
			records[i].Extension, records[i].Email = fmt.Sprint(20000+i), address.String()
			records[i].Softphone = true
		}
		if _, _, err := t.create(records, false); err != nil {
			return err
		}
		for i := range records {
			if err := d.settle(t, &records[i], &Account{}); err != nil {
				return err
			}
		}
		return nil
	})
}
