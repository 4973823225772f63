//go:build race

package telephony

const raced = true
