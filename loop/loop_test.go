package loop

import "time"

var epoch = time.Unix(1_700_000_000, 0).UTC()
