package inspect_test

import (
	"fmt"
	"time"

	"soak/inspect"
)

// A VOD playlist that is first loaded after a refresh bakes the second token into
// its segments. The guide's loader replaces it with the third; the Gcore plugin,
// which knows the first one only, does not.
func ExampleDerive() {
	const master = "https://edge.example/videos/1_film/firstTOKEN/1800000060/master.m3u8"
	now := time.Unix(1_800_000_000, 0)
	read := func(url, body string) *inspect.Page {
		page, err := inspect.Read(url, inspect.Response{URL: url, Body: []byte(body)}, now)
		if err != nil {
			panic(err)
		}
		return page
	}
	root := read(master, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nv1/index.m3u8\n")
	root.Children[0].Page = read(root.Presentation.Resolve(root.Children[0].Ref),
		"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXTINF:4,\n1.ts\n#EXT-X-ENDLIST\n")

	first, _ := inspect.Locate(master, now)
	d := inspect.Derive(inspect.Sight{Page: root, Grant: first}, inspect.Sight{}, now)
	for _, c := range d.Checked {
		fmt.Println(c.Policy, c.Player, c.Problems)
	}
	p := d.Problems[0]
	fmt.Println(p.Policy, p.Hazard, p.Count, p.Request, p.Fault, "after", p.Refreshes)
	// Output:
	// guide-hlsjs hlsjs 0
	// gcore-plugin hlsjs 1
	// steady hlsjs 0
	// none hlsjs 2
	// gcore-plugin H13 2 segment stale after 2
}
