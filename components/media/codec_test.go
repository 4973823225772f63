package media_test

import (
	"encoding/hex"
	"testing"

	"plenum/components/media"
)

func TestCodecsThatAreTheSame(t *testing.T) {
	h264 := func(format string) media.Codec { return media.Codec{Name: "H264", Clock: 90000, Format: format} }
	for name, c := range map[string]struct {
		a, b media.Codec
		same bool
	}{
		"names do not care for case":       {media.Opus, media.Codec{Name: "OPUS", Clock: 48000, Channels: 2}, true},
		"one channel may be left out":      {media.PCMA, media.Codec{Name: "PCMA", Clock: 8000}, true},
		"another clock rate":               {media.PCMA, media.Codec{Name: "PCMA", Clock: 16000}, false},
		"other channels":                   {media.Opus, media.Codec{Name: "opus", Clock: 48000}, false},
		"parameters that do not matter":    {media.Opus, media.Codec{Name: "opus", Clock: 48000, Channels: 2, Format: "useinbandfec=1"}, true},
		"H.264 in another level":           {h264("profile-level-id=42e01f;packetization-mode=1"), h264("packetization-mode=1; profile-level-id=42E034"), true},
		"H.264 in another profile":         {h264("profile-level-id=42e01f;packetization-mode=1"), h264("packetization-mode=1;profile-level-id=640034"), false},
		"H.264 packed otherwise":           {h264("profile-level-id=42e01f;packetization-mode=1"), h264("profile-level-id=42e01f"), false},
		"H.264 with a profile that is cut": {h264("profile-level-id=42"), h264(""), false},
	} {
		t.Run(name, func(t *testing.T) {
			if c.a.Is(c.b) != c.same || c.b.Is(c.a) != c.same {
				t.Errorf("%v is %v: want %v", c.a, c.b, c.same)
			}
		})
	}
}

func TestFrameUnits(t *testing.T) {
	if media.Opus.FrameUnits() != 960 || media.G722.FrameUnits() != 160 {
		t.Errorf("%d and %d units in a frame", media.Opus.FrameUnits(), media.G722.FrameUnits())
	}
}

func TestKeyframe(t *testing.T) {
	for name, c := range map[string]struct {
		codec   media.Codec
		payload string
		want    bool
	}{
		"VP8 key frame":                            {media.VP8, "1000", true},
		"VP8 other frame":                          {media.VP8, "1001", false},
		"VP8 not the first packet":                 {media.VP8, "0000", false},
		"VP8 second partition":                     {media.VP8, "1100", false},
		"VP8 with all fields":                      {media.VP8, "90f0" + "8123" + "05" + "20" + "9c", true},
		"VP8 with a short picture number":          {media.VP8, "9080" + "23" + "01", false},
		"VP8 cut off":                              {media.VP8, "90f081", false},
		"VP9 key frame":                            {media.VP9, "8c" + "8123" + "00", true},
		"VP9 refers to others":                     {media.VP9, "cc" + "8123" + "00", false},
		"VP9 lowest spatial layer":                 {media.VP9, "ac" + "8123" + "00" + "00", true},
		"VP9 higher spatial layer":                 {media.VP9, "ac" + "8123" + "02" + "00", false},
		"H.264 IDR slice":                          {media.H264, "6588", true},
		"H.264 parameter set":                      {media.H264, "6742", true},
		"H.264 other slice":                        {media.H264, "4188", false},
		"H.264 several units with a parameter set": {media.H264, "78" + "00020900" + "00036742e0" + "000268ce", true},
		"H.264 several units without":              {media.H264, "78" + "00020900" + "0003614200", false},
		"H.264 units that are cut off":             {media.H264, "78" + "00020900" + "00106742", false},
		"H.264 first fragment of an IDR slice":     {media.H264, "7c85", true},
		"H.264 later fragment":                     {media.H264, "7c05", false},
		"AV1 new sequence":                         {media.AV1, "180a", true},
		"AV1 continuation":                         {media.AV1, "980a", false},
		"AV1 other frame":                          {media.AV1, "100a", false},
		"another codec":                            {media.Opus, "1000", false},
		"nothing":                                  {media.VP8, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(c.payload)
			if err != nil {
				t.Fatal(err)
			}
			if got := media.Keyframe(c.codec, b); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
