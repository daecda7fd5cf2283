package main

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	argohealth "github.com/argoproj/gitops-engine/pkg/health"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// manager is whom Argo CD applies as.
	manager = "argocd-controller"
	// tracking is how Argo CD knows again what it applied: the annotation names the very object.
	tracking = "argocd.argoproj.io/tracking-id"
	// pace is how often a sync that waits looks again.
	pace = 200 * time.Millisecond
)

// An app is an application of Argo CD: manifests for a namespace, and how they are applied.
type app struct {
	name, namespace, scripts string
	prune, serverSide        bool
	patience                 time.Duration
	config                   *rest.Config
	cluster                  cache.ClusterCache
	kubectl                  *kube.KubectlCmd
	targets                  []*unstructured.Unstructured
}

// An applied resource, with what became of it.
type applied struct {
	Resource string `json:"resource"`
	Status   string `json:"status"`
	Phase    string `json:"phase"`
	Message  string `json:"message"`
}

// An answer of sync: Succeeded, Failed, or still Running when the time was over.
type synced struct {
	Phase     string    `json:"phase"`
	Message   string    `json:"message"`
	Resources []applied `json:"resources"`
}

// A compared resource: its health, and those ways of comparing that find it out of sync.
type compared struct {
	Resource  string   `json:"resource"`
	Health    verdict  `json:"health"`
	OutOfSync []string `json:"outOfSync"`
}

// synchronise does what Argo CD does when somebody asks for a sync: as its controller does, it looks at the cluster
// again for each step, and goes on from what became of the steps before.
func synchronise(arguments []string, input []byte) (any, error) {
	app, stop, err := open("sync", arguments, input)
	if err != nil {
		return nil, err
	}
	defer stop()
	scripts, err := scriptsOf(app.scripts)
	if err != nil {
		return nil, err
	}
	began := metav1.Now()
	phase, message, results := common.OperationRunning, "", []common.ResourceSyncResult{}
	for !phase.Completed() && time.Since(began.Time) < app.patience {
		phase, message, results, err = app.step(
			sync.WithHealthOverride(scripts),
			sync.WithInitialState(phase, message, results, began),
		)
		if err != nil {
			return nil, err
		}
		time.Sleep(pace)
	}
	answer := synced{Phase: string(phase), Message: message, Resources: []applied{}}
	for _, result := range results {
		answer.Resources = append(answer.Resources, applied{
			Resource: name(result.ResourceKey),
			Status:   string(result.Status),
			Phase:    string(result.HookPhase),
			Message:  result.Message,
		})
	}
	return answer, nil
}

// step does what can be done now.
func (app *app) step(more ...sync.SyncOpt) (common.OperationPhase, string, []common.ResourceSyncResult, error) {
	pairs, err := app.pairs()
	if err != nil {
		return "", "", nil, err
	}
	options := append([]sync.SyncOpt{
		sync.WithLogr(logr.Discard()),
		sync.WithPrune(app.prune),
		sync.WithManifestValidation(true),
		sync.WithServerSideApply(app.serverSide),
		sync.WithServerSideApplyManager(manager),
	}, more...)
	operation, cleanup, err := sync.NewSyncContext("HEAD", pairs, app.config, app.config, app.kubectl, app.namespace,
		app.cluster.GetOpenAPISchema(), options...)
	if err != nil {
		return "", "", nil, err
	}
	defer cleanup()
	operation.Sync()
	phase, message, results := operation.GetState()
	return phase, message, results, nil
}

// pairs are manifests beside what the cluster has of them, what is to be pruned included.
func (app *app) pairs() (sync.ReconciliationResult, error) {
	live, err := app.cluster.GetManagedLiveObjs(app.targets, app.manages)
	if err != nil {
		return sync.ReconciliationResult{}, err
	}
	return sync.Reconcile(app.targets, live, app.namespace, app.cluster), nil
}

// compare does what Argo CD does when somebody looks at an application.
func compare(arguments []string, input []byte) (any, error) {
	app, stop, err := open("compare", arguments, input)
	if err != nil {
		return nil, err
	}
	defer stop()
	scripts, err := scriptsOf(app.scripts)
	if err != nil {
		return nil, err
	}
	pairs, err := app.pairs()
	if err != nil {
		return nil, err
	}
	operations, cleanup, err := kube.ManageServerSideDiffDryRuns(app.config, app.cluster.GetOpenAPISchema(),
		app.kubectl.Tracer, app.kubectl.Log, nil)
	if err != nil {
		return nil, err
	}
	defer cleanup()
	dry := diff.NewK8sServerSideDryRunner(operations)
	parser := app.cluster.GetGVKParser()
	ways := []struct {
		name    string
		options []diff.Option
	}{
		{"three-way", nil},
		{"structured-merge", []diff.Option{
			diff.WithStructuredMergeDiff(true), diff.WithGVKParser(parser), diff.WithManager(manager),
		}},
		{"server-side", []diff.Option{
			diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(dry), diff.WithGVKParser(parser),
			diff.WithManager(manager), diff.WithIgnoreMutationWebhook(true),
		}},
	}
	resources := []compared{}
	for index, target := range pairs.Target {
		seen := pairs.Live[index]
		resource := compared{OutOfSync: []string{}}
		if seen != nil {
			resource.Resource = name(kube.GetResourceKey(seen))
			found, err := argohealth.GetResourceHealth(seen, scripts)
			if err != nil {
				return nil, err
			}
			if found != nil {
				resource.Health = verdict{Status: string(found.Status), Message: found.Message}
			}
		} else {
			resource.Resource = name(kube.GetResourceKey(target))
			resource.Health.Status = string(argohealth.HealthStatusMissing)
		}
		for _, way := range ways {
			// What is there and not in Git, or the other way round, is out of sync whoever compares.
			differs := target == nil || seen == nil
			if !differs {
				options := append([]diff.Option{diff.WithLogr(logr.Discard())}, way.options...)
				result, err := diff.Diff(target, seen, options...)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", resource.Resource, way.name, err)
				}
				differs = result.Modified
			}
			if differs {
				resource.OutOfSync = append(resource.OutOfSync, way.name)
			}
		}
		resources = append(resources, resource)
	}
	return resources, nil
}

// open reads arguments and manifests, and everything that the namespace has.
func open(face string, arguments []string, input []byte) (*app, func(), error) {
	var app app
	var kubeconfig string
	flags := flag.NewFlagSet(face, flag.ContinueOnError)
	flags.StringVar(&kubeconfig, "kubeconfig", "", "the cluster")
	flags.StringVar(&app.name, "name", "shop", "the name of the application")
	flags.StringVar(&app.namespace, "namespace", "", "where manifests that name none belong")
	flags.StringVar(&app.scripts, "scripts", "", "a file with an argocd-cm")
	flags.BoolVar(&app.prune, "prune", false, "take away what is gone from the manifests")
	flags.BoolVar(&app.serverSide, "server-side", false, "as with the option ServerSideApply=true")
	flags.DurationVar(&app.patience, "timeout", time.Minute, "how long a sync may take")
	if err := flags.Parse(arguments); err != nil {
		return nil, nil, err
	}
	if app.namespace == "" || flags.NArg() != 0 {
		return nil, nil, errors.New("usage: " + face + " --kubeconfig FILE --namespace NAMESPACE --scripts ARGOCD-CM < MANIFESTS")
	}
	var err error
	if app.config, err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
		return nil, nil, err
	}
	app.config.QPS, app.config.Burst = 100, 200
	app.kubectl = &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	if app.targets, err = kube.SplitYAML(input); err != nil {
		return nil, nil, err
	}
	for _, target := range app.targets {
		if target.GetNamespace() == "" {
			target.SetNamespace(app.namespace)
		}
		annotations := target.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[tracking] = app.mark(kube.GetResourceKey(target))
		target.SetAnnotations(annotations)
	}
	app.cluster = cache.NewClusterCache(app.config,
		cache.SetNamespaces([]string{app.namespace}),
		cache.SetLogr(logr.Discard()),
		cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (any, bool) {
			mark := object.GetAnnotations()[tracking]
			return mark, mark != ""
		}),
	)
	if err := app.cluster.EnsureSynced(); err != nil {
		return nil, nil, err
	}
	return &app, func() { app.cluster.Invalidate() }, nil
}

func (app *app) manages(resource *cache.Resource) bool {
	return resource.Info == app.mark(resource.ResourceKey())
}

func (app *app) mark(key kube.ResourceKey) string {
	return fmt.Sprintf("%s:%s/%s:%s/%s", app.name, key.Group, key.Kind, key.Namespace, key.Name)
}

func name(key kube.ResourceKey) string {
	return key.Kind + "/" + key.Name
}
