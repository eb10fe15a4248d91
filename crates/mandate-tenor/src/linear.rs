//! Small dense linear algebra: symmetric positive definite systems by Cholesky's decomposition.
//!
//! Matrices are row by row. A matrix that is not positive definite has no decomposition, and the position where it ends
//! says which column depends on those before. Not here: anything sparse or large; fits have at most some hundred unknowns.

/// A square matrix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Square {
    pub n: usize,
    pub cells: Vec<f64>,
}

impl Square {
    pub fn zero(n: usize) -> Self {
        Self { n, cells: vec![0.0; n * n] }
    }

    pub fn identity(n: usize) -> Self {
        let mut matrix = Self::zero(n);
        (0..n).for_each(|i| *matrix.at(i, i) = 1.0);
        matrix
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.n + column]
    }

    pub fn at(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.cells[row * self.n + column]
    }

    /// Adds `weight * v v'`.
    pub fn add_outer(&mut self, v: &[f64], weight: f64) {
        for (row, left) in self.cells.chunks_exact_mut(self.n.max(1)).zip(v) {
            let scaled = weight * left;
            row.iter_mut().zip(v).for_each(|(cell, right)| *cell += scaled * right);
        }
    }

    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        self.cells.chunks_exact(self.n.max(1)).map(|row| dot(row, v)).collect()
    }

    /// The lower factor, or the first column that depends on those before it.
    pub fn cholesky(&self) -> Result<Lower, usize> {
        let n = self.n;
        let mut factor = Self::zero(n);
        for i in 0..n {
            for j in 0..=i {
                let (row_i, row_j) = (&factor.cells[i * n..i * n + j], &factor.cells[j * n..j * n + j]);
                let left = self.get(i, j) - dot(row_i, row_j);
                if i == j {
                    // Relative to the diagonal: what is left of a dependent column is rounding.
                    if left.is_nan() || left <= 1e-11 * self.get(i, i).abs() {
                        return Err(i);
                    }
                    *factor.at(i, i) = left.sqrt();
                } else {
                    *factor.at(i, j) = left / factor.get(j, j);
                }
            }
        }
        Ok(Lower(factor))
    }
}

/// A lower triangular factor L of L L'.
#[derive(Clone, Debug)]
pub(crate) struct Lower(Square);

impl Lower {
    /// L z = v
    pub fn forward(&self, v: &[f64]) -> Vec<f64> {
        let mut z: Vec<f64> = Vec::with_capacity(v.len());
        for (i, value) in v.iter().enumerate() {
            let row = &self.0.cells[i * self.0.n..i * self.0.n + i];
            z.push((value - dot(row, &z)) / self.0.get(i, i));
        }
        z
    }

    fn backward(&self, z: &[f64]) -> Vec<f64> {
        let n = self.0.n;
        let mut x = z.to_vec();
        for i in (0..n).rev() {
            for j in i + 1..n {
                x[i] -= self.0.get(j, i) * x[j];
            }
            x[i] /= self.0.get(i, i);
        }
        x
    }

    pub fn solve(&self, v: &[f64]) -> Vec<f64> {
        self.backward(&self.forward(v))
    }

    pub fn inverse(&self) -> Square {
        let n = self.0.n;
        let mut inverse = Square::zero(n);
        for j in 0..n {
            let mut unit = vec![0.0; n];
            unit[j] = 1.0;
            for (i, value) in self.solve(&unit).into_iter().enumerate() {
                *inverse.at(i, j) = value;
            }
        }
        inverse
    }

    /// The logarithm of the determinant of L L'.
    pub fn log_determinant(&self) -> f64 {
        (0..self.0.n).map(|i| 2.0 * self.0.get(i, i).ln()).sum()
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_dependent_column_is_named() {
        let matrix = Square { n: 3, cells: vec![4.0, 2.0, 1.0, 2.0, 5.0, 3.0, 1.0, 3.0, 6.0] };
        let factor = matrix.cholesky().expect("positive definite");
        let x = factor.solve(&[1.0, 2.0, 3.0]);
        for (found, wanted) in matrix.times(&x).iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - wanted).abs() < 1e-12);
        }
        // 4 (30 - 9) - 2 (12 - 3) + (6 - 5)
        assert!((factor.log_determinant() - 67.0_f64.ln()).abs() < 1e-12);
        assert!((factor.inverse().times(&matrix.times(&[1.0, 0.0, 0.0]))[0] - 1.0).abs() < 1e-12);
        let mut none = Square::zero(0);
        none.add_outer(&[], 1.0);
        assert!(none.times(&[]).is_empty() && none.cholesky().is_ok());
        let mut twice = Square::zero(2);
        twice.add_outer(&[1.0, 2.0], 1.0);
        twice.add_outer(&[3.0, 6.0], 1.0);
        assert_eq!(twice.cholesky().err(), Some(1));
    }
}
