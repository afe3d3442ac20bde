package token_test

import (
	"fmt"
	"time"

	"soak/token"
)

// A backend signs, a player rewrites, an edge judges.
func Example() {
	backend := token.Signer{Client: "2675", Secret: "s3cr3t"}
	grant := func(expires int64) token.Grant {
		return token.Grant{Token: backend.Sign("film", expires, ""), Expires: expires}
	}
	path := token.Path(token.VOD, "2675", "film", grant(1700000060), "v1/7.ts")
	fmt.Println(token.Redact(path))

	for _, url := range []string{path, token.AnyPair{}.Rewrite(path, grant(1700000120))} {
		at, _ := token.ParsePath(url)
		fmt.Println(backend.Verify(at.Video, at.Grant, "", time.Unix(1700000065, 0), token.WholeSecond))
	}
	// Output:
	// /videos/2675_film/#73f4cbab/1700000060/v1/7.ts
	// token has expired
	// <nil>
}
