package inspect_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"soak/token"
)

// labURL asks a lab's token API for a grant of a minute.
func labURL(t *testing.T, api string, kind token.Kind, video, file string) string {
	t.Helper()
	resp, err := http.Get(api + "?expire=60&video=" + video + "&type=" + kind.String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		URL     string
		Token   string
		Expires int64
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.URL[:len(answer.URL)-len("master.m3u8")] + file
}
