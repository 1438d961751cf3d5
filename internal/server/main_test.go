package server_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// sideBySide is how many parallel tests run at once unless -parallel says otherwise: they
// mostly wait, so that the number of processors is too low.
const sideBySide = "16"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", sideBySide); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}
