package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// plane is the control plane that up runs: where it lives, who may talk to it, what belongs to it.
type plane struct {
	dir      string
	assets   string // KUBEBUILDER_ASSETS, or empty: the faces of this binary
	server   string
	admin    identity
	nursery  nursery
	children []*child
}

// auditPolicy notes who wrote which of our objects, so that tests can count writes: audit.log, one JSON object a line.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete]
  resources: [{group: waops.dev}, {group: "", resources: [configmaps]}]
- level: None
`

func newPlane(dir string, ended func(*child)) (*plane, error) {
	for _, folder := range []string{"etcd", "certs", "logs", "home", "pids"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, err
		}
	}
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets != "" {
		var err error
		if assets, err = filepath.Abs(assets); err != nil {
			return nil, err
		}
	}
	return &plane{
		dir:     dir,
		assets:  assets,
		nursery: newNursery(dir, ended),
	}, nil
}

// start returns when the API server is ready and, with controllers, when those do their work.
func (p *plane) start(ctx context.Context, controllers bool) error {
	ports, err := reservePorts(3)
	if err != nil {
		return err
	}
	etcdClient := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	etcdPeer := fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	p.server = fmt.Sprintf("https://127.0.0.1:%d", ports[2])

	p.admin = newIdentity("admin", "system:masters")
	manager := newIdentity("system:kube-controller-manager", "")
	if err := writeTokens(p.path("tokens.csv"), p.admin, manager); err != nil {
		return err
	}
	if err := writeKey(p.path("service-account.key")); err != nil {
		return err
	}

	if err := os.WriteFile(p.path("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return err
	}

	if err := p.begin("etcd",
		"--name=default",
		"--data-dir="+p.path("etcd"),
		"--listen-client-urls="+etcdClient,
		"--advertise-client-urls="+etcdClient,
		"--listen-peer-urls="+etcdPeer,
		"--initial-advertise-peer-urls="+etcdPeer,
		"--initial-cluster=default="+etcdPeer,
		"--socket-reuse-port",
		"--unsafe-no-fsync", // the data is thrown away
	); err != nil {
		return err
	}
	if err := until(ctx, "etcd", func() error { return get(http.DefaultClient, etcdClient+"/health", "") }); err != nil {
		return err
	}

	if err := p.begin("kube-apiserver",
		"--etcd-servers="+etcdClient,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", ports[2]),
		"--permit-port-sharing",
		"--cert-dir="+p.path("certs"),
		"--token-auth-file="+p.path("tokens.csv"),
		"--authorization-mode=RBAC",
		"--audit-policy-file="+p.path("audit-policy.yaml"),
		"--audit-log-path="+p.path("audit.log"),
		// One file, however long: by default another one begins after 100 MB, and who counts in the first misses lines.
		"--audit-log-maxsize=1000000",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+p.path("service-account.key"),
		"--service-account-signing-key-file="+p.path("service-account.key"),
		"--service-cluster-ip-range=10.0.0.0/24",
		"--endpoint-reconciler-type=none", // endpoints may not be loopback addresses
		"--profiling=false",
	); err != nil {
		return err
	}
	if err := until(ctx, "kube-apiserver", func() error { return p.get("/readyz") }); err != nil {
		return err
	}
	for name, who := range map[string]identity{"kubeconfig": p.admin, "manager.kubeconfig": manager} {
		if err := who.writeKubeconfig(p.path(name), p.server, p.authority()); err != nil {
			return err
		}
	}

	if !controllers || !p.has("kube-controller-manager") {
		return nil
	}
	if err := p.begin("kube-controller-manager",
		"--kubeconfig="+p.path("manager.kubeconfig"),
		"--use-service-account-credentials", // each controller with the rights it has in a real cluster
		"--service-account-private-key-file="+p.path("service-account.key"),
		"--root-ca-file="+p.authority(),
		"--kube-api-qps=1000", // the defaults spare a cluster of thousands, and cost a test its start
		"--kube-api-burst=1000",
		"--leader-elect=false",
		"--secure-port=0", // nobody scrapes it, and it costs a port
		"--profiling=false",
	); err != nil {
		return err
	}
	// Without a port there is no health check: the first fruits of the controllers are the proof.
	return until(ctx, "kube-controller-manager", func() error {
		if err := p.get("/api/v1/namespaces/default/serviceaccounts/default"); err != nil {
			return err
		}
		return p.get("/api/v1/namespaces/default/configmaps/kube-root-ca.crt")
	})
}

// again starts a component that ended, as it was started first.
func (p *plane) again(c *child) error {
	p.children = slices.DeleteFunc(p.children, func(other *child) bool { return other == c })
	return p.run(c.name, c.command)
}

func (p *plane) stop() {
	for _, c := range p.children {
		c.kill()
	}
	for _, c := range p.children {
		<-c.gone
	}
}

func (p *plane) ready() ready {
	pids := map[string]int{}
	for _, c := range p.children {
		pids[c.name] = c.pid
	}
	return ready{
		Kubeconfig: p.path("kubeconfig"),
		Server:     p.server,
		Kubectl:    p.kubectl(),
		Dir:        p.dir,
		Pids:       pids,
	}
}

// logTails is what a person needs who sees a test fail and no longer finds the folder.
func (p *plane) logTails() string {
	var out strings.Builder
	for _, c := range p.children {
		fmt.Fprintf(&out, "--- end of %s\n%s", c.log, tail(c.log, 2048))
	}
	return out.String()
}

func (p *plane) path(name string) string { return filepath.Join(p.dir, name) }

// authority is the certificate that the API server signed for itself, with its CA.
func (p *plane) authority() string { return p.path("certs/apiserver.crt") }

func (p *plane) begin(name string, args ...string) error {
	return p.run(name, append(p.command(name), args...))
}

func (p *plane) run(name string, command []string) error {
	c, err := p.nursery.run(name, command)
	if err == nil {
		p.children = append(p.children, c)
	}
	return err
}

// command is how a component is called: a binary of its own, or this one with a face.
func (p *plane) command(name string) []string {
	if p.assets != "" {
		return []string{filepath.Join(p.assets, name)}
	}
	return []string{self(), name}
}

// has reports whether a component can be run. Many KUBEBUILDER_ASSETS lack the controller manager.
func (p *plane) has(name string) bool {
	_, err := os.Stat(p.command(name)[0])
	return err == nil
}

// kubectl is a path that needs no face argument; build.sh puts a link beside this binary.
func (p *plane) kubectl() string {
	if p.assets != "" {
		return filepath.Join(p.assets, "kubectl")
	}
	return filepath.Join(filepath.Dir(self()), "kubectl")
}

func (p *plane) get(path string) error {
	client, err := trusting(p.authority())
	if err != nil {
		return err // not written yet
	}
	defer client.CloseIdleConnections()
	return get(client, p.server+path, p.admin.token)
}

// until polls a condition; when time runs out the error tells what was still missing.
func until(ctx context.Context, what string, condition func() error) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (%v)", what, context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}
