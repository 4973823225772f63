package actor_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd/actor"
)

func TestEventsComeInOrderOfPosting(t *testing.T) {
	in := actor.NewInbox[int](1000)
	next, want := 0, 0
	for round := range 50 { // rounds of different sizes move the ring through growth, wrap and shrinking
		for range 1 + round*7%90 {
			if !in.Post(next) {
				t.Fatalf("post %d refused below the limit", next)
			}
			next++
		}
		for e := range in.All(t.Context()) {
			if e != want {
				t.Fatalf("got %d, want %d", e, want)
			}
			if want++; in.Len() <= round%5 {
				break
			}
		}
	}
}

func TestPostIsRefusedWhenFullAndTakenAgainAfterwards(t *testing.T) {
	in := actor.NewInbox[string](2)
	if !in.Post("a") || !in.Post("b") {
		t.Fatal("refused below the limit")
	}
	if in.Post("c") {
		t.Fatal("accepted above the limit")
	}
	for e := range in.All(t.Context()) {
		if e != "a" {
			t.Fatalf("got %q", e)
		}
		break
	}
	if in.Len() != 1 || !in.Post("d") {
		t.Fatal("no room after one was taken")
	}
}

func TestCloseDrainsThenEnds(t *testing.T) {
	in := actor.NewInbox[int](10)
	in.Post(1)
	in.Post(2)
	in.Close()
	in.Close()
	if in.Post(3) {
		t.Fatal("accepted after Close")
	}
	var got []int
	for e := range in.All(t.Context()) {
		got = append(got, e)
	}
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
}

func TestContextEndsAWaitingLoopAndLeavesWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := actor.NewInbox[int](10)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int)
		go func() {
			n := 0
			for range in.All(ctx) {
				n++
			}
			done <- n
		}()
		synctest.Wait()
		in.Post(1)
		time.Sleep(time.Second)
		cancel()
		if n := <-done; n != 1 {
			t.Fatalf("loop saw %d events", n)
		}
		in.Post(2)
		if in.Len() != 1 {
			t.Fatal("event lost")
		}
	})
}

func TestManySendersLoseNothing(t *testing.T) {
	const senders, each = 8, 2000
	in := actor.NewInbox[[2]int](senders * each)
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				in.Post([2]int{s, i})
			}
		})
	}
	go func() { wg.Wait(); in.Close() }()
	var next [senders]int
	for e := range in.All(t.Context()) {
		if e[1] != next[e[0]] {
			t.Fatalf("sender %d: got %d, want %d", e[0], e[1], next[e[0]])
		}
		next[e[0]]++
	}
	for s, n := range next {
		if n != each {
			t.Fatalf("sender %d: %d of %d", s, n, each)
		}
	}
}

func TestAPanickingReceiverLeavesTheInboxUsable(t *testing.T) {
	in := actor.NewInbox[int](4)
	in.Post(1)
	in.Post(2)
	func() {
		defer func() { _ = recover() }()
		for range in.All(t.Context()) {
			panic("handler")
		}
	}()
	for e := range in.All(t.Context()) {
		if e != 2 {
			t.Fatalf("got %d", e)
		}
		break
	}
}

func BenchmarkPostAndReceive(b *testing.B) {
	in := actor.NewInbox[any](1 << 20)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range in.All(context.Background()) {
		}
	}()
	var e any = &struct{}{}
	b.ReportAllocs()
	for b.Loop() {
		in.Post(e)
	}
	in.Close()
	<-done
}

func BenchmarkIdleInbox(b *testing.B) {
	b.ReportAllocs()
	var keep *actor.Inbox[any]
	for b.Loop() {
		keep = actor.NewInbox[any](1000)
	}
	_ = keep
}
