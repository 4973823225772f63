// Runs in a page before its own scripts, and tells what WebRTC really carries there.
;(() => {
  const made = []
  const Own = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Own {
    constructor(...args) {
      super(...args)
      made.push(this)
    }
  }
  const open = () => made.filter((pc) => pc.connectionState !== 'closed' && pc.signalingState !== 'closed')
  const tones = [350, 440, 550, 660, 880, 1000, 1100] // Hz; 1000 is the sound of Firefox
  const ears = new Map() // of tracks
  let context

  const ear = (track) => {
    if (ears.has(track.id)) return ears.get(track.id)
    context ??= new AudioContext({ sampleRate: 48000 })
    if (context.state !== 'running') void context.resume()
    const node = context.createAnalyser()
    node.fftSize = 16384
    node.smoothingTimeConstant = 0
    context.createMediaStreamSource(new MediaStream([track])).connect(node)
    ears.set(track.id, node)
    return node
  }
  /** heard are the tones that come in on any track now. */
  const heard = () => {
    const found = new Set()
    for (const pc of open()) {
      for (const { track } of pc.getReceivers()) {
        if (track.kind !== 'audio' || track.readyState !== 'live') continue
        const node = ear(track)
        const db = new Float32Array(node.frequencyBinCount)
        node.getFloatFrequencyData(db)
        const at = (hz) => Math.max(...db.slice(Math.round((hz * node.fftSize) / 48000) - 2, Math.round((hz * node.fftSize) / 48000) + 3))
        const sorted = [...db.slice(50, 2000)].sort((a, b) => a - b)
        const floor = sorted[Math.floor(sorted.length / 2)]
        for (const hz of tones) if (at(hz) > -60 && at(hz) > floor + 20) found.add(hz)
      }
    }
    return [...found].sort((a, b) => a - b)
  }
  const sum = async () => {
    const out = { energy: 0, packets: 0, frames: 0, pictures: 0, sentAudio: 0, sentVideo: 0, layers: 0, connections: open().length, states: open().map((pc) => pc.iceConnectionState), height: 0 }
    for (const pc of open()) {
      for (const s of (await pc.getStats()).values()) {
        if (s.type === 'inbound-rtp' && s.kind === 'audio') {
          out.energy += s.totalAudioEnergy ?? 0
          out.packets += s.packetsReceived
        } else if (s.type === 'inbound-rtp' && s.kind === 'video') {
          out.frames += s.framesDecoded ?? 0
          if (s.framesDecoded > 0) out.pictures++
          out.height = Math.max(out.height, s.frameHeight ?? 0)
        } else if (s.type === 'outbound-rtp' && s.kind === 'audio') out.sentAudio += s.packetsSent
        else if (s.type === 'outbound-rtp' && s.kind === 'video') {
          out.sentVideo += s.packetsSent
          if (s.active) out.layers++
        }
      }
    }
    return out
  }
  /** windows are half seconds: when, which tones, how many frames were decoded until then. */
  const windows = []
  const watch = () =>
    setInterval(async () => {
      const at = performance.now()
      const tones = heard()
      windows.push({ at, tones, frames: (await sum()).frames })
    }, 500)
  window.probe = { heard, sum, watch, windows }
})()
