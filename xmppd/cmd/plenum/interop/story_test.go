//go:build interop

package interop

import "testing"

func TestPagesProbe(t *testing.T) {
	counted(t)
	s := startServer(t)
	romeo := hosts(t, s)
	c := openChromium(t, s, romeo.link, how{Tone: 440})
	f := openFirefox(t, romeo.link)
	for _, p := range []page{c, f} {
		t.Logf("%s %s", p.eval("document.title"), p.eval("probe.sum()"))
		got := p.eval(`(async () => {
			const s = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
			const a = new RTCPeerConnection(), b = new RTCPeerConnection()
			a.onicecandidate = (e) => b.addIceCandidate(e.candidate); b.onicecandidate = (e) => a.addIceCandidate(e.candidate)
			for (const x of s.getTracks()) a.addTrack(x, s)
			const el = document.createElement('audio'); b.ontrack = (e) => { el.srcObject = e.streams[0]; el.play() }
			await a.setLocalDescription(); await b.setRemoteDescription(a.localDescription); await b.setLocalDescription(); await a.setRemoteDescription(b.localDescription)
			await new Promise((r) => setTimeout(r, 3000)); probe.heard(); await new Promise((r) => setTimeout(r, 1000))
			return [probe.heard(), await probe.sum(), s.getVideoTracks()[0].getSettings()]
		})()`)
		t.Logf("%s", got)
	}
}
