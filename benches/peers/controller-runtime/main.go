// Command controller-runtime does the job of waops for QR codes at Meta as most operators are written: a finalizer, a
// call, a status, and a look at each object in each resync. It is a peer to measure against.
//
// Tuned to win: typed objects from a cache without managed fields, no limit of its own to requests, as many
// reconciles at once as the bare loop has requests, two writes for each object, no Events, no election.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	klog "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const (
	finalizer   = "peers.waops.dev/code"
	concurrency = 32
)

type reconciler struct {
	client.Client
	provider *provider
	resync   time.Duration
}

func main() {
	klog.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	resync, err := time.ParseDuration(os.Getenv("BENCH_RESYNC"))
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1 // no limit
	kinds := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(kinds), addKinds(kinds)); err != nil {
		return err
	}
	mgr, err := manager.New(config, manager.Options{
		Scheme:  kinds,
		Metrics: server.Options{BindAddress: "0"},
		Cache: cache.Options{
			DefaultNamespaces: map[string]cache.Config{os.Getenv("BENCH_NAMESPACE"): {}},
			DefaultTransform:  cache.TransformStripManagedFields(),
		},
	})
	if err != nil {
		return err
	}
	r := &reconciler{Client: mgr.GetClient(), provider: newProvider(os.Getenv("BENCH_PROVIDER")), resync: resync}
	err = ctrl.NewControllerManagedBy(mgr).
		Named("qrcodes").
		For(&qrCode{}).
		// Its own writes wake nobody; a deletion counts the generation up, too.
		WithEventFilter(predicate.GenerationChangedPredicate{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(r)
	if err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var code qrCode
	if err := r.Get(ctx, request.NamespacedName, &code); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	token, err := r.token(ctx, &code)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !code.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.remove(ctx, &code, token)
	}
	before := code.DeepCopyObject().(*qrCode)
	if controllerutil.AddFinalizer(&code, finalizer) {
		if err := r.Patch(ctx, &code, client.MergeFrom(before)); err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := r.deliver(ctx, &code, token); err != nil {
		return ctrl.Result{}, err
	}
	// Apart from each other, so that a restart does not bring them all at once for ever.
	return ctrl.Result{RequeueAfter: r.resync + time.Duration(rand.Int64N(int64(r.resync)/10+1))}, nil
}

// deliver makes the code, or looks whether it is as written, and says so.
func (r *reconciler) deliver(ctx context.Context, code *qrCode, token string) error {
	live, err := r.live(ctx, code, token)
	if err != nil {
		return err
	}
	before := code.DeepCopyObject().(*qrCode)
	ready := metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Live",
		Message: fmt.Sprintf("the code %s is live as written", live.Code), ObservedGeneration: code.Generation,
	}
	if code.Status.Code == live.Code && code.Status.ObservedGeneration == code.Generation {
		return nil
	}
	ready.LastTransitionTime = metav1.Now()
	code.Status = qrCodeStatus{
		ObservedGeneration: code.Generation,
		Conditions:         []metav1.Condition{ready},
		Code:               live.Code,
		DeepLinkURL:        live.DeepLinkURL,
		ImageURL:           live.QrImageURL,
	}
	return r.Status().Patch(ctx, code, client.MergeFrom(before))
}

// live is the code at the provider, made where there is none, and with the text that is asked for.
func (r *reconciler) live(ctx context.Context, code *qrCode, token string) (liveCode, error) {
	phone, message := code.Spec.PhoneNumberID, code.Spec.PrefilledMessage
	if code.Status.Code != "" {
		found, err := r.provider.get(ctx, token, phone, code.Status.Code)
		switch {
		case err == nil && found.PrefilledMessage == message:
			return found, nil
		case err == nil:
			return r.provider.update(ctx, token, phone, code.Status.Code, message)
		case !errors.Is(err, errGone):
			return found, err
		}
	}
	return r.provider.create(ctx, token, phone, message)
}

func (r *reconciler) remove(ctx context.Context, code *qrCode, token string) error {
	before := code.DeepCopyObject().(*qrCode)
	if !controllerutil.RemoveFinalizer(code, finalizer) {
		return nil
	}
	if code.Status.Code != "" {
		err := r.provider.remove(ctx, token, code.Spec.PhoneNumberID, code.Status.Code)
		if err != nil && !errors.Is(err, errGone) {
			return err
		}
	}
	return client.IgnoreNotFound(r.Patch(ctx, code, client.MergeFrom(before)))
}

// token is read from the cache: a watch keeps it fresh.
func (r *reconciler) token(ctx context.Context, code *qrCode) (string, error) {
	var account account
	name := types.NamespacedName{Namespace: code.Namespace, Name: code.Spec.AccountRef.Name}
	if err := r.Get(ctx, name, &account); err != nil {
		return "", err
	}
	var secret corev1.Secret
	name.Name = account.Spec.Meta.Credentials.SecretRef.Name
	if err := r.Get(ctx, name, &secret); err != nil {
		return "", err
	}
	return string(secret.Data["accessToken"]), nil
}
