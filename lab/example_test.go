package lab_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"time"

	"soak/lab"
)

// A viewer with a token for a minute: good at once, dead after it. Nothing waits
// and nothing listens, since every answer is a function of the request and now.
func Example() {
	start := time.Unix(1_700_000_000, 0)
	l, err := lab.New(lab.Config{API: lab.API{Latency: lab.Fixed(200 * time.Millisecond)}}, 1, start)
	if err != nil {
		log.Fatal(err)
	}
	answer := l.Token(lab.Request{RawQuery: "video=live&expire=60", Viewer: 1, Call: 1}, start)
	var grant struct{ URL string }
	if err := json.Unmarshal(answer.Body(), &grant); err != nil {
		log.Fatal(err)
	}
	master, err := url.Parse(grant.URL)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("token: %d after %v\n", answer.Status, answer.Delay)
	for _, after := range []time.Duration{time.Second, 60 * time.Second, 61 * time.Second} {
		a := l.Edge(lab.Request{Path: master.Path}, start.Add(after))
		fmt.Println("master.m3u8 at", after, "is", a.Status)
	}
	// Output:
	// token: 200 after 200ms
	// master.m3u8 at 1s is 200
	// master.m3u8 at 1m0s is 200
	// master.m3u8 at 1m1s is 410
}
