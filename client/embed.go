// Package client carries the compiled web client inside the server's binary.
package client

import (
	"embed"
	"io/fs"
)

// The repository has the folder with a placeholder only, so that Go builds
// without npm; Vite fills it.
//
//go:embed all:dist
var dist embed.FS

// Dist is the compiled client: index.html (landing page), call/index.html
// (call page) and their assets. It holds only a placeholder if the client
// was not built.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a constant and a valid path
	}
	return sub
}
