package store

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// MeasureFsync returns the median time that the disk under dir takes to make 4 KiB safe that were written over old data, as a commit
// writes its log. Benchmarks print it beside their figures.
func MeasureFsync(dir string) (time.Duration, error) {
	const rounds = 50
	f, err := os.CreateTemp(dir, "fsync-*")
	if err != nil {
		return 0, fmt.Errorf("store: measure fsync: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	times := make([]time.Duration, 0, rounds)
	for i := range rounds + 1 {
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, fmt.Errorf("store: measure fsync: %w", err)
		}
		began := time.Now()
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("store: measure fsync: %w", err)
		}
		if i > 0 { // the first makes the file longer
			times = append(times, time.Since(began))
		}
	}
	slices.Sort(times)
	return times[rounds/2], nil
}
