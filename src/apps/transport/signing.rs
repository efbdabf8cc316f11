//! Signed assertions: a JSON Web Token (RFC 7519) that proves that we hold a private key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING as P256, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

/// How long an assertion may be used: the shortest that a vendor sets (Salesforce), which is enough
/// for one request, clocks that differ a little included.
const VALID_SECONDS: i64 = 3 * 60;

/// Assertions with a time of issue (Google insists on it) say an earlier one: a clock that is a
/// little ahead does no harm.
const ISSUED_BEFORE_SECONDS: i64 = 30;

/// A private key to sign with.
#[derive(Debug)]
pub struct SigningKey {
    pair: Pair,
    /// The `kid` that a JWK names.
    pub key_id: Option<String>,
    /// Whose it is, by the key file of a service account (Google).
    pub owner: Option<String>,
}

/// What an assertion says.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'a> {
    /// The header that says which key it was signed with: `kid`.
    pub key_header: &'static str,
    /// Who signs.
    pub issuer: &'a str,
    /// For whom.
    pub subject: Option<&'a str>,
    /// Who is to believe it.
    pub audience: &'a str,
    /// What it is to be good for; said only of somebody else.
    pub scope: Option<&'a str>,
}

#[derive(Debug)]
enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl Pair {
    fn rsa(pair: RsaKeyPair) -> Self {
        Self::Rsa(Box::new(pair))
    }

    fn p256(pair: EcdsaKeyPair) -> Self {
        Self::P256(Box::new(pair))
    }
}

/// Why a text is no key that we can sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no RSA key of 2048 bits or more and no P-256 key, as PKCS#8 PEM, as a JWK, or in a key file"
)]
pub struct NoKey;

impl SigningKey {
    /// Reads a key: PEM (PKCS#8, or PKCS#1 for RSA), a JWK (RFC 7517) with its private part, or the
    /// key file of a service account, which holds a PEM.
    pub fn read(text: &str) -> Result<Self, NoKey> {
        if !text.trim_start().starts_with('{') {
            return Self::from_pem(text);
        }
        let file: Value = serde_json::from_str(text).map_err(|_| NoKey)?;
        let told = |name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
        match told("private_key") {
            Some(pem) => Ok(Self {
                key_id: told("private_key_id"),
                owner: told("client_email"),
                ..Self::from_pem(&pem)?
            }),
            None => Self::from_jwk(&file).ok_or(NoKey),
        }
    }

    fn from_pem(text: &str) -> Result<Self, NoKey> {
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| NoKey)?;
        let pair = match &key {
            PrivateKeyDer::Pkcs8(key) => {
                let (key, random) = (key.secret_pkcs8_der(), SystemRandom::new());
                let rsa = RsaKeyPair::from_pkcs8(key).map(Pair::rsa);
                rsa.or_else(|_| EcdsaKeyPair::from_pkcs8(&P256, key, &random).map(Pair::p256))
            }
            PrivateKeyDer::Pkcs1(key) => {
                RsaKeyPair::from_der(key.secret_pkcs1_der()).map(Pair::rsa)
            }
            _ => return Err(NoKey),
        };
        Ok(Self {
            pair: pair.map_err(|_| NoKey)?,
            key_id: None,
            owner: None,
        })
    }

    fn from_jwk(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| BASE64.decode(text(name)?).ok();
        let pair = match text("kty")? {
            "RSA" => {
                let components = ring::rsa::KeyPairComponents {
                    public_key: ring::rsa::PublicKeyComponents {
                        n: bytes("n")?,
                        e: bytes("e")?,
                    },
                    d: bytes("d")?,
                    p: bytes("p")?,
                    q: bytes("q")?,
                    dP: bytes("dp")?,
                    dQ: bytes("dq")?,
                    qInv: bytes("qi")?,
                };
                Pair::rsa(RsaKeyPair::from_components(&components).ok()?)
            }
            "EC" => {
                let public = [vec![4], bytes("x")?, bytes("y")?].concat();
                let private = bytes("d")?;
                let random = SystemRandom::new();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &P256, &private, &public, &random,
                );
                Pair::p256(pair.ok()?)
            }
            _ => return None,
        };
        Some(Self {
            pair,
            key_id: text("kid").map(str::to_owned),
            owner: None,
        })
    }

    /// An assertion (RFC 7523, section 3), under the id `key_id` or the key's own.
    pub fn assertion(
        &self,
        claims: &Claims<'_>,
        key_id: Option<&str>,
        now: Timestamp,
    ) -> Option<String> {
        let algorithm = match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
        };
        let mut header = json!({"alg": algorithm, "typ": "JWT"});
        if let Some(key_id) = key_id.or(self.key_id.as_deref()) {
            header[claims.key_header] = key_id.into();
        }
        let now = now.as_second();
        let mut said = json!({
            "iss": claims.issuer,
            "aud": claims.audience,
            "exp": now + VALID_SECONDS,
            "jti": format!("{:032x}", fastrand::u128(..)),
        });
        if let Some(subject) = claims.subject {
            said["sub"] = subject.into();
        }
        if let Some(scope) = claims.scope {
            said["scope"] = scope.into();
            said["iat"] = (now - ISSUED_BEFORE_SECONDS).into();
        }
        let claims = said;
        let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = BASE64.encode(self.sign(signed.as_bytes())?);
        Some(format!("{signed}.{signature}"))
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_key().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Pair::P256(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    /// Made for these tests and used nowhere else; the same key in both forms.
    const PEM: &str = include_str!("fixtures/rsa.pem");
    const JWK: &str = include_str!("fixtures/rsa.jwk.json");

    fn assertion(key: &SigningKey, key_id: Option<&str>) -> String {
        let audience = "https://x.example/oauth2/v1/token";
        let claims = Claims {
            key_header: "kid",
            issuer: "client",
            subject: Some("client"),
            audience,
            scope: None,
        };
        key.assertion(&claims, key_id, Timestamp::UNIX_EPOCH)
            .unwrap()
    }

    fn header(assertion: &str) -> Value {
        let header = BASE64.decode(assertion.split('.').next().unwrap());
        serde_json::from_slice(&header.unwrap()).unwrap()
    }

    #[test]
    fn an_rsa_key_signs_alike_from_either_form() {
        let (pem, jwk) = (
            SigningKey::read(PEM).unwrap(),
            SigningKey::read(JWK).unwrap(),
        );
        let Pair::Rsa(pair) = &jwk.pair else {
            panic!("an RSA key");
        };
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
        for key in [&pem, &jwk] {
            let assertion = assertion(key, None);
            let (signed, signature) = assertion.rsplit_once('.').unwrap();
            let signature = BASE64.decode(signature).unwrap();
            public.verify(signed.as_bytes(), &signature).unwrap();
            assert_eq!(header(&assertion)["alg"], "RS256");
        }
    }

    #[test]
    fn a_key_id_is_the_files_or_the_keys_own() {
        let (pem, jwk) = (
            SigningKey::read(PEM).unwrap(),
            SigningKey::read(JWK).unwrap(),
        );
        assert_eq!(header(&assertion(&jwk, None))["kid"], "from-jwk");
        assert_eq!(header(&assertion(&jwk, Some("ours")))["kid"], "ours");
        assert_eq!(header(&assertion(&pem, None))["kid"], Value::Null);
    }

    #[test]
    fn a_key_file_names_its_key_and_its_owner() {
        let file = json!({
            "type": "service_account",
            "private_key_id": "from-file",
            "private_key": PEM,
            "client_email": "robot@x.example",
        });
        let key = SigningKey::read(&file.to_string()).unwrap();
        assert_eq!(header(&assertion(&key, None))["kid"], "from-file");
        assert_eq!(key.owner.as_deref(), Some("robot@x.example"));
        let empty = json!({"private_key": "", "client_email": "robot@x.example"});
        assert_eq!(SigningKey::read(&empty.to_string()).err(), Some(NoKey));
    }

    #[test]
    fn no_two_assertions_are_the_same() {
        let key = SigningKey::read(PEM).unwrap();
        assert_ne!(assertion(&key, None), assertion(&key, None));
    }

    #[test]
    fn what_is_no_key_is_refused_and_nothing_panics() {
        let public = PEM.replace("PRIVATE", "PUBLIC");
        let broken = PEM.replacen('M', "A", 1);
        let half = JWK.replace("\"qi\"", "\"no\"");
        for text in ["", "{", "{}", "-----BEGIN", &public, &broken, &half] {
            assert_eq!(SigningKey::read(text).err(), Some(NoKey), "{text}");
        }
    }
}
