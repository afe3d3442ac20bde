package player

import (
	"context"
	"fmt"
	"time"
)

// A viewer plays a live stream whose edge refuses playlists from the 20th second
// on, as it does when a token has run out.
func ExampleNew() {
	origin := &hlsOrigin{live: true, rules: []rule{{from: 20 * time.Second, url: "index", status: 403}}}
	origin.setUp()
	p, err := New(Config{Profile: HLSJS}, origin, "http://edge/master.m3u8", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Start(origin.Now())
	for range 6 {
		if err := origin.world.Run(context.Background(), origin.Now().Add(5*time.Second)); err != nil {
			fmt.Println(err)
		}
		s := p.State()
		fmt.Printf("%2.0f s: %s, buffer %.0f s\n", origin.Now().Sub(epoch).Seconds(), s.Phase, s.Buffer.Seconds())
	}
	at, why := origin.fatal()
	fmt.Printf("gave up at %.0f s: %s\n", at, why)
	// Output:
	//  5 s: playing, buffer 5 s
	// 10 s: playing, buffer 4 s
	// 15 s: playing, buffer 5 s
	// 20 s: playing, buffer 4 s
	// 25 s: dead, buffer 0 s
	// 30 s: dead, buffer 0 s
	// gave up at 23 s: levelLoadError: HTTP 403
}
