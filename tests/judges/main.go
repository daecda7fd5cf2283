// Command judges says what the programs that follow a Git repository make of objects, with their own code: Argo CD's
// Lua, comparison and synchronisation, and the rules by which Flux waits.
//
// Each face reads JSON or YAML from standard input and answers in JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// A face gets its arguments and what stands on standard input.
type face func(arguments []string, input []byte) (any, error)

var faces = map[string]face{
	"health":      health,
	"kstatus":     kstatus,
	"application": application,
	"sync":        synchronise,
	"compare":     compare,
}

func main() {
	if len(os.Args) < 2 || faces[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "usage: judges %s [arguments]\n", strings.Join(slices.Sorted(maps.Keys(faces)), "|"))
		os.Exit(2)
	}
	if err := run(faces[os.Args[1]], os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "judges %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(face face, arguments []string) error {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	answer, err := face(arguments, input)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}
