package prompts

import (
	_ "embed"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"

	"plenum/components/media"
	"plenum/components/media/opus"
)

var (
	//go:embed texts.tsv
	textTable string
	//go:embed en.sound
	english []byte
	//go:embed de.sound
	german []byte
)

// Languages are those that there are prompts in, in the order of the table's columns.
func Languages() []string { return []string{"en", "de"} }

// table is the texts by language and name, and the names in their order.
var table = sync.OnceValues(func() (map[key]string, []ID) {
	list := map[key]string{}
	var names []ID
	for line := range strings.Lines(textTable) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(columns) != 1+len(Languages()) {
			continue
		}
		names = append(names, ID(columns[0]))
		for i, lang := range Languages() {
			list[key{lang, ID(columns[0])}] = columns[1+i]
		}
	}
	for n := range 100 {
		id := strconv.Itoa(n)
		names = append(names, ID(id))
		for _, lang := range Languages() {
			list[key{lang, ID(id)}] = id
		}
	}
	return list, names
})

func texts() map[key]string { t, _ := table(); return t }
func order() []ID           { _, o := table(); return o }

// embedded is the packets of each text.
var embedded = sync.OnceValue(func() map[key][][]byte {
	list := map[key][][]byte{}
	for lang, b := range map[string][]byte{"en": english, "de": german} {
		for len(b) > 0 {
			var id []byte
			id, b = field(b)
			n, size := binary.Uvarint(b)
			b = b[size:]
			packets := make([][]byte, n)
			for i := range packets {
				packets[i], b = field(b)
			}
			list[key{lang, ID(id)}] = packets
		}
	}
	return list
})

// field takes what has its length before it off b.
func field(b []byte) (value, rest []byte) {
	n, size := binary.Uvarint(b)
	b = b[size:]
	return b[:n], b[n:]
}

// decode makes sound of packets of 20 ms.
func decode(packets [][]byte) []int16 {
	d, err := opus.NewDecoder()
	if err != nil {
		return nil
	}
	pcm, frame := make([]int16, 0, len(packets)*media.FrameSamples), make([]int16, media.MaxDecoded)
	for _, p := range packets {
		n, err := d.Decode(p, frame)
		if err != nil {
			n = copy(frame, make([]int16, media.FrameSamples))
		}
		pcm = append(pcm, frame[:n]...)
	}
	return pcm
}
