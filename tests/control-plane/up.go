package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

var errAskedToStop = errors.New("asked to stop")

// ready is the one line that up prints, once everything answers.
type ready struct {
	Kubeconfig string         `json:"kubeconfig"`
	Server     string         `json:"server"`
	Kubectl    string         `json:"kubectl"`
	Dir        string         `json:"dir"`
	Pids       map[string]int `json:"pids"`
}

// up runs a control plane until its standard input closes. The kernel closes that pipe however the
// parent ends, so not even a test killed with SIGKILL leaves a process or a folder behind.
func up() (err error) {
	flags := flag.NewFlagSet(os.Args[0], flag.ExitOnError)
	dir := flags.String("dir", "", "folder for data, logs and credentials, kept at the end (default: a temporary one, removed)")
	controllers := flags.Bool("controller-manager", false, "run kube-controller-manager too")
	restart := flags.Bool("restart", false, "start a component again when it ends, instead of ending with it; its number is in pids/<component>")
	timeout := flags.Duration("timeout", time.Minute, "how long the start may take")
	_ = flags.Parse(os.Args[1:])

	ctx, cancel := context.WithCancelCause(context.Background())
	go stopOnSignal(cancel)
	go stopOnEOF(cancel)

	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "control-plane-"); err != nil {
			return err
		}
		defer os.RemoveAll(*dir)
	} else if *dir, err = filepath.Abs(*dir); err != nil {
		return err
	}

	fallen := make(chan *child)
	plane, err := newPlane(*dir, func(c *child) {
		if *restart {
			fallen <- c
		} else {
			cancel(fmt.Errorf("%s ended: %v", c.name, c.end))
		}
	})
	if err != nil {
		return err
	}
	defer plane.stop()

	starting, done := context.WithTimeoutCause(ctx, *timeout, fmt.Errorf("not ready after %v", *timeout))
	err = plane.start(starting, *controllers)
	done()
	if err == nil {
		if err = json.NewEncoder(os.Stdout).Encode(plane.ready()); err != nil {
			return err
		}
		for err == nil {
			select {
			case <-ctx.Done():
				err = context.Cause(ctx)
			case c := <-fallen:
				err = plane.again(c)
			}
		}
	}
	if errors.Is(err, errAskedToStop) {
		return nil
	}
	return fmt.Errorf("%w\n%s", err, plane.logTails())
}

func stopOnEOF(cancel context.CancelCauseFunc) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	cancel(errAskedToStop)
}

func stopOnSignal(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	<-signals
	cancel(errAskedToStop)
}
