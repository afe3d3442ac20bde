package refresher_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"soak/refresher"
	"soak/token"
)

// Any Go program can fetch protected content: open a session, use its client, and
// forget that URLs grow old.
func Example() {
	backend := token.Signer{Client: "2675", Secret: "s3cr3t"}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("/api/token", func(w http.ResponseWriter, r *http.Request) {
		g := token.Grant{Expires: time.Now().Unix() + 2} // a short life
		g.Token = backend.Sign("film", g.Expires, "")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"token": g.Token, "expires": g.Expires, "url": server.URL + token.Path(token.VOD, "2675", "film", g, "master.m3u8"),
		})
	})
	mux.HandleFunc("/videos/", func(w http.ResponseWriter, r *http.Request) {
		at, _ := token.ParsePath(r.URL.Path)
		if err := backend.Verify(at.Video, at.Grant, "", time.Now(), token.Strict); err != nil {
			http.Error(w, err.Error(), http.StatusGone)
			return
		}
		fmt.Fprint(w, at.Rest)
	})

	session, err := refresher.Open(context.Background(), refresher.Config{
		TokenAPI: server.URL + "/api/token?video=film&type=vod&expire=2",
		Policy:   refresher.Steady(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()

	long := time.After(4 * time.Second) // twice the token's life
	for playing := true; playing; {
		select {
		case <-long:
			playing = false
		case <-time.After(500 * time.Millisecond):
		}
		resp, err := session.Client().Get(session.First.URL) // the same old URL all along
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			fmt.Println("refused:", resp.Status)
		}
	}
	fmt.Println("played for twice the token's life")
	// Output:
	// played for twice the token's life
}
