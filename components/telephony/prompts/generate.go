//go:build ignore

// Generate speaks all texts with espeak-ng, trims and levels them with sox, and writes one file of Opus packets for each language.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"plenum/components/media"
	"plenum/components/media/opus"
	"plenum/components/media/wav"
)

const bitrate = 24000

// Languages by column of the table, and the voices that speak them.
var languages = []struct{ code, voice string }{{"en", "en-gb"}, {"de", "de"}}

func main() {
	log.SetFlags(0)
	table, err := os.ReadFile("texts.tsv")
	check(err)
	for i, lang := range languages {
		var out []byte
		for line := range strings.Lines(string(table)) {
			if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "#") {
				continue
			}
			columns := strings.Split(line, "\t")
			if len(columns) != 1+len(languages) {
				log.Fatalf("texts.tsv: %q has not %d columns", line, 1+len(languages))
			}
			out = add(out, columns[0], encode(speak(lang.voice, columns[1+i])))
		}
		for n := range 100 {
			out = add(out, strconv.Itoa(n), encode(speak(lang.voice, strconv.Itoa(n))))
		}
		check(os.WriteFile(lang.code+".sound", out, 0o644))
		fmt.Println(lang.code, len(out), "octets")
	}
}

// add appends a piece: its name, how many packets it has, and these, each with its length before it.
func add(out []byte, id string, packets [][]byte) []byte {
	out = append(binary.AppendUvarint(out, uint64(len(id))), id...)
	out = binary.AppendUvarint(out, uint64(len(packets)))
	for _, p := range packets {
		out = append(binary.AppendUvarint(out, uint64(len(p))), p...)
	}
	return out
}

func speak(voice, text string) []int16 {
	spoken := run(nil, "espeak-ng", "-v", voice, "-s", "150", "-p", "45", "--stdout", text)
	trimmed := run(spoken, "sox", "-V1", "-t", "wav", "-", "-r", "16000", "-c", "1", "-b", "16", "-t", "wav", "-",
		"silence", "1", "0.01", "0.3%", "reverse", "silence", "1", "0.01", "0.3%", "reverse", "highpass", "80", "norm", "-4", "pad", "0", "0.06")
	pcm, err := wav.Read(bytes.NewReader(trimmed), time.Minute)
	check(err)
	return pcm
}

func run(in []byte, name string, args ...string) []byte {
	c := exec.Command(name, args...)
	c.Stdin, c.Stderr = bytes.NewReader(in), os.Stderr
	out, err := c.Output()
	check(err)
	return out
}

func encode(pcm []int16) (packets [][]byte) {
	e, err := opus.NewEncoder(bitrate)
	check(err)
	for len(pcm) > 0 {
		frame := make([]int16, media.FrameSamples)
		pcm = pcm[copy(frame, pcm):]
		payload := make([]byte, media.MaxFrameBytes)
		n, err := e.Encode(frame, payload)
		check(err)
		packets = append(packets, payload[:n])
	}
	return packets
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
