package dynamovault

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
)

// Keys is what the vault asks of KMS: the actions a role needs on the key. Who only
// reads needs no GenerateDataKey.
type Keys interface {
	GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// A data key is remembered so long, and so many are: reading a token over and over
// costs one call of KMS an hour.
const (
	keyLife = time.Hour
	maxKeys = 256
)

// dataKeys makes data keys and opens them. It is safe for concurrent use.
type dataKeys struct {
	api Keys
	id  string
	now func() time.Time

	mu    sync.Mutex
	known map[place]dataKey
}

// place is where a data key belongs: KMS opens it for no other name.
type place struct{ name, wrapped string }

type dataKey struct {
	secret.Sealer
	since time.Time
}

func newDataKeys(api Keys, id string, now func() time.Time) *dataKeys {
	return &dataKeys{api: api, id: id, now: now, known: map[place]dataKey{}}
}

// make returns a new data key for an entry, open and sealed by KMS.
func (k *dataKeys) make(ctx context.Context, name string) (secret.Sealer, []byte, error) {
	out, err := k.api.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &k.id, KeySpec: types.DataKeySpecAes256, EncryptionContext: contextOf(name),
	})
	if err != nil {
		return secret.Sealer{}, nil, keyFault(err)
	}
	sealer, err := k.remember(place{name, string(out.CiphertextBlob)}, out.Plaintext)
	return sealer, out.CiphertextBlob, err
}

// open opens the data key of an entry.
func (k *dataKeys) open(ctx context.Context, name string, wrapped []byte) (secret.Sealer, error) {
	at := place{name, string(wrapped)}
	if sealer, ok := k.recall(at); ok {
		return sealer, nil
	}
	if len(wrapped) == 0 {
		return secret.Sealer{}, errSealed
	}
	// The key is named, so that nothing sealed with somebody else's key is opened.
	out, err := k.api.Decrypt(ctx, &kms.DecryptInput{KeyId: &k.id, CiphertextBlob: wrapped, EncryptionContext: contextOf(name)})
	if err != nil {
		return secret.Sealer{}, keyFault(err)
	}
	return k.remember(at, out.Plaintext)
}

// contextOf is what KMS binds a data key to. It shows in its audit log.
func contextOf(name string) map[string]string { return map[string]string{"zhida:vault": name} }

func (k *dataKeys) recall(at place) (secret.Sealer, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.known[at]
	return key.Sealer, ok && k.now().Before(key.since.Add(keyLife))
}

// remember makes a sealer of an open data key, which is erased.
func (k *dataKeys) remember(at place, plain []byte) (secret.Sealer, error) {
	defer clear(plain)
	sealer, err := secret.NewSealer(plain)
	if err != nil {
		return secret.Sealer{}, fault.Wrap(err, fault.Internal, "dynamovault", "report this defect")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= maxKeys {
		k.forget()
	}
	k.known[at] = dataKey{sealer, k.now()}
	return sealer, nil
}

// forget makes room: without what is over, and without the oldest.
func (k *dataKeys) forget() {
	var oldest place
	first := k.now()
	for at, key := range k.known {
		if !k.now().Before(key.since.Add(keyLife)) {
			delete(k.known, at)
		} else if !key.since.After(first) {
			oldest, first = at, key.since
		}
	}
	delete(k.known, oldest)
}

// KMS's words for what is not one of its keys' work, and for a key that does not work.
var (
	foreign = []string{"InvalidCiphertextException", "IncorrectKeyException"}
	useless = []string{"NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException"}
)

const hintSealed = "the entry was altered, or sealed under another KMS key: name that key, or have the token issued anew"

var errSealed = fault.New(fault.Config, "dynamovault", hintSealed)

func keyFault(err error) error {
	switch code := awsfault.CodeOf(err); {
	case slices.Contains(foreign, code):
		return fault.Wrap(awsfault.Quiet(err), fault.Config, "kms", hintSealed)
	case slices.Contains(useless, code):
		return fault.Wrap(awsfault.Quiet(err), fault.Config, "kms", "look at the KMS key: it must exist, be enabled, symmetric, and meant for encryption")
	}
	return awsfault.Wrap(err, "kms")
}
