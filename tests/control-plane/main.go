// Command control-plane is a Kubernetes control plane in one file: etcd, the API server, the
// controller manager and kubectl, and a supervisor that runs them together for a test.
//
// Like busybox it has faces. The name it was called by chooses one, else its first argument does.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A face gets its own os.Args, with its own name first, and ends the process itself when its exit
// code matters.
type face func() error

var faces = map[string]face{"up": up}

func main() {
	os.Args[0] = filepath.Base(os.Args[0])
	if _, named := faces[os.Args[0]]; !named {
		os.Args = os.Args[1:]
	}
	if len(os.Args) == 0 || faces[os.Args[0]] == nil {
		names := slices.Sorted(maps.Keys(faces))
		fmt.Fprintf(os.Stderr, "usage: control-plane %s [arguments]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	if err := faces[os.Args[0]](); err != nil {
		fmt.Fprintf(os.Stderr, "control-plane %s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
}
