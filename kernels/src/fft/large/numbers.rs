//! Numbers modulo a prime.

fn primes_of(mut n: u64) -> Vec<u64> {
    let mut primes = Vec::new();
    let mut p = 2;
    while p * p <= n {
        if n.is_multiple_of(p) {
            primes.push(p);
            while n.is_multiple_of(p) {
                n /= p;
            }
        }
        p += 1;
    }
    primes.extend((n > 1).then_some(n));
    primes
}

pub(super) fn is_prime(n: u64) -> bool {
    primes_of(n) == [n]
}

/// A number whose powers are all numbers below `n`, where that is prime.
pub(super) fn generator(n: u64) -> Option<u64> {
    if n < 3 || n > u64::from(u32::MAX) || !is_prime(n) {
        return None;
    }
    let power = |g: u64, mut e: u64| {
        let (mut result, mut square) = (1, g);
        while e > 0 {
            if e % 2 == 1 {
                result = result * square % n;
            }
            square = square * square % n;
            e /= 2;
        }
        result
    };
    let primes = primes_of(n - 1);
    (2..n).find(|&g| primes.iter().all(|p| power(g, (n - 1) / p) != 1))
}

/// `g^q` modulo `n` for q = 0, 1, …
pub(super) fn powers(g: u64, n: u64) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(1), move |power: &u64| Some(power * g % n)).map(|power| power as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_powers_of_a_generator_are_all_numbers() {
        for n in [3u64, 5, 17, 257, 1009, 65_537] {
            let g = generator(n).expect("a prime");
            let mut all: Vec<u32> = powers(g, n).take(n as usize - 1).collect();
            all.sort_unstable();
            assert!(all.iter().copied().eq(1..n as u32), "{n}");
        }
        assert!([0, 1, 2, 4, 9, 65_535].iter().all(|&n| generator(n).is_none()));
    }
}
