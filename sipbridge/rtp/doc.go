// Package rtp is the media half of a SIP leg: a [Session] is a [media.Endpoint] with one slot and one track of sound. It answers and makes
// offers, and carries packets between the network and tracks. It decodes nothing.
package rtp
